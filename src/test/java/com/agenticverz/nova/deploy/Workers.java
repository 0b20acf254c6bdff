package com.agenticverz.nova.deploy;

import com.agenticverz.nova.node.Settings;
import com.agenticverz.nova.node.Variable;
import com.typesafe.config.ConfigFactory;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;

/** The Kubernetes objects that make up a deployment of workers, and what has to hold between them. */
final class Workers {

    static final Path KUBERNETES_CONF = Path.of("cluster-config/kubernetes.conf");

    /** What Node gives the phase in which it hands back and writes. */
    private static final Duration HAND_BACK = Duration.ofSeconds(30);

    private final List<Object> objects;

    private Workers(List<Object> objects) {
        this.objects = objects;
    }

    static Workers of(List<?> objects) {
        return new Workers(List.copyOf(objects));
    }

    <T> List<T> all(Class<T> kind) {
        return objects.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    <T> T one(Class<T> kind) {
        var found = all(kind);
        if (found.size() != 1) {
            throw new AssertionError("one " + kind.getSimpleName() + " expected, found " + found.size());
        }
        return found.getFirst();
    }

    Container container() {
        return one(StatefulSet.class)
                .getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .getFirst();
    }

    /** What a worker's pod has in its environment, with a value made up for what comes from elsewhere. */
    Map<String, String> environment() {
        var environment = new HashMap<String, String>();
        for (var source : container().getEnvFrom()) {
            environment.putAll(configMap(source.getConfigMapRef().getName()).getData());
        }
        for (EnvVar variable : container().getEnv()) {
            environment.put(
                    variable.getName(),
                    switch (variable.getName()) {
                        case "DATABASE_URL", "DATABASE_DIRECT_URL" -> "postgresql://nova:x@db:5432/nova";
                        case "CLUSTER_HOST" -> "10.0.0.7";
                        default -> "made-up";
                    });
        }
        // Where it is in the image, and where it is here.
        environment.computeIfPresent(
                Variable.CONFIG_FILE,
                (_, path) -> path.replace("/opt/nova/", Path.of("").toAbsolutePath() + "/"));
        return environment;
    }

    /** The settings of a worker in such a pod. */
    Settings settings() {
        return Settings.load(environment(), Map.of());
    }

    private ConfigMap configMap(String name) {
        return all(ConfigMap.class).stream()
                .filter(it -> StrictYaml.name(it).equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no ConfigMap " + name));
    }

    /** All that is wrong between the objects; empty: nothing. */
    List<String> problems() {
        var problems = new ArrayList<String>();
        selectors(problems);
        ports(problems);
        probes(problems);
        names(problems);
        var grace = Duration.ofSeconds(
                one(StatefulSet.class).getSpec().getTemplate().getSpec().getTerminationGracePeriodSeconds());
        if (grace.compareTo(longestStop(settings())) < 0) {
            problems.add("terminationGracePeriodSeconds is " + grace.toSeconds() + ", but a stop takes up to "
                    + longestStop(settings()).toSeconds() + " s");
        }
        return problems;
    }

    /** How long a worker may take from SIGTERM to its end, when every phase takes as long as it may. */
    static Duration longestStop(Settings settings) {
        var shutdown =
                settings.pekko().withFallback(ConfigFactory.load()).resolve().getConfig("pekko.coordinated-shutdown");
        var sum = Duration.ZERO;
        for (var phase : shutdown.getObject("phases").keySet()) {
            sum = sum.plus(
                    switch (phase) {
                        case "service-requests-done" ->
                            settings.worker().shutdownTimeout().plusSeconds(1);
                        case "service-stop" -> HAND_BACK;
                        default -> {
                            var timeout = "phases." + phase + ".timeout";
                            yield shutdown.getDuration(shutdown.hasPath(timeout) ? timeout : "default-phase-timeout");
                        }
                    });
        }
        return sum;
    }

    private void selectors(List<String> problems) {
        var set = one(StatefulSet.class).getSpec();
        var labels = set.getTemplate().getMetadata().getLabels();
        var selectors = new HashMap<String, Map<String, String>>();
        selectors.put("StatefulSet", set.getSelector().getMatchLabels());
        selectors.put("Service", one(Service.class).getSpec().getSelector());
        selectors.put(
                "PodDisruptionBudget",
                one(PodDisruptionBudget.class).getSpec().getSelector().getMatchLabels());
        var policy = one(NetworkPolicy.class).getSpec();
        selectors.put("NetworkPolicy", policy.getPodSelector().getMatchLabels());
        policy.getIngress().stream()
                .flatMap(rule -> rule.getFrom().stream())
                .filter(peer -> peer.getPodSelector() != null)
                .forEach(peer -> selectors.put(
                        "NetworkPolicy ingress", peer.getPodSelector().getMatchLabels()));
        policy.getEgress().stream()
                .flatMap(rule -> rule.getTo().stream())
                .filter(peer -> peer.getPodSelector() != null)
                .forEach(peer -> selectors.put(
                        "NetworkPolicy egress", peer.getPodSelector().getMatchLabels()));
        set.getTemplate()
                .getSpec()
                .getTopologySpreadConstraints()
                .forEach(it -> selectors.put(
                        "spread over " + it.getTopologyKey(),
                        it.getLabelSelector().getMatchLabels()));
        selectors.forEach((who, selector) -> {
            if (selector == null || selector.isEmpty() || !labels.entrySet().containsAll(selector.entrySet())) {
                problems.add(who + " selects " + selector + ", but the pods have " + labels);
            }
        });
        var service = StrictYaml.name(one(Service.class));
        if (!service.equals(set.getServiceName())) {
            problems.add("the StatefulSet's Service is " + set.getServiceName() + ", but there is " + service);
        }
    }

    private void ports(List<String> problems) {
        var settings = settings();
        var container = new HashMap<String, Integer>();
        for (ContainerPort port : container().getPorts()) {
            container.put(port.getName(), port.getContainerPort());
        }
        var expected = Map.of(
                "http", settings.http().port(), "cluster", settings.cluster().port());
        if (!container.equals(expected)) {
            problems.add("the container's ports are " + container + ", but the worker listens on " + expected);
        }
        one(Service.class).getSpec().getPorts().forEach(port -> {
            if (!container.containsKey(port.getTargetPort().getStrVal())
                    || !port.getPort().equals(container.get(port.getTargetPort().getStrVal()))) {
                problems.add("the Service's port " + port.getName() + " leads to none of " + container);
            }
        });
        var allowed = new TreeSet<Integer>();
        one(NetworkPolicy.class).getSpec().getIngress().stream()
                .flatMap(rule -> rule.getPorts().stream())
                .map(port -> port.getPort().getIntVal())
                .forEach(allowed::add);
        if (!allowed.equals(new TreeSet<>(container.values()))) {
            problems.add("the NetworkPolicy lets in " + allowed + ", but the container's ports are " + container);
        }
    }

    private void probes(List<String> problems) {
        var container = container();
        var paths = List.of(
                container.getStartupProbe().getHttpGet().getPath(),
                container.getReadinessProbe().getHttpGet().getPath(),
                container.getLivenessProbe().getHttpGet().getPath());
        // The database is in the readiness only: to restart every worker would not bring it back.
        if (!paths.equals(List.of("/health/live", "/health/ready", "/health/live"))) {
            problems.add("the probes of start, readiness and liveness ask " + paths);
        }
        Stream.of(container.getStartupProbe(), container.getReadinessProbe(), container.getLivenessProbe())
                .map(probe -> probe.getHttpGet().getPort())
                .filter(port -> !port.equals(new IntOrString("http")))
                .forEach(port -> problems.add("a probe asks port " + port));
    }

    /** Of settings, and of what is referred to. */
    private void names(List<String> problems) {
        environment().keySet().stream()
                .filter(name -> !isKnown(name))
                .forEach(name -> problems.add(name + " is no setting of Nova"));
        all(Secret.class)
                .forEach(secret -> container().getEnv().stream()
                        .filter(it ->
                                it.getValueFrom() != null && it.getValueFrom().getSecretKeyRef() != null)
                        .map(it -> it.getValueFrom().getSecretKeyRef())
                        .filter(ref -> !StrictYaml.name(secret).equals(ref.getName())
                                || !Boolean.TRUE.equals(ref.getOptional())
                                        && !secret.getData().containsKey(ref.getKey()))
                        .forEach(ref -> problems.add("no Secret " + ref.getName() + " with " + ref.getKey())));
    }

    /** Whether Nova or its JVM reads an environment variable. */
    static boolean isKnown(String name) {
        return name.equals(Variable.CONFIG_FILE)
                || name.equals("JAVA_TOOL_OPTIONS")
                || Stream.of(Variable.values()).anyMatch(it -> it.name().equals(name));
    }

    /** A file of NAME=value lines, as Kustomize and compose read it. */
    static Map<String, String> lines(Path file) throws IOException {
        var variables = new HashMap<String, String>();
        for (var line : Files.readAllLines(file)) {
            if (!line.isBlank() && !line.startsWith("#")) {
                int equals = line.indexOf('=');
                variables.put(line.substring(0, equals), line.substring(equals + 1));
            }
        }
        return variables;
    }
}

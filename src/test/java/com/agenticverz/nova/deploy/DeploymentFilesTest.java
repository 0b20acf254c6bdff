package com.agenticverz.nova.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import com.agenticverz.nova.Nova;
import com.agenticverz.nova.cluster.TestAuthority;
import com.agenticverz.nova.node.Settings;
import com.agenticverz.nova.node.Variable;
import com.agenticverz.nova.setting.SettingException;
import com.agenticverz.nova.store.TestDatabase;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Spliterators;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine.Command;

/** The files that deploy Nova say what the product understands, and agree with each other. */
class DeploymentFilesTest {

    private static final Path K8S = Path.of("k8s");
    private static final Path BASE = K8S.resolve("base");
    private static final Path OVERLAYS = K8S.resolve("overlays");
    private static final Path COMPOSE = Path.of("compose.yaml");
    private static final Path DOCKERFILE = Path.of("src/main/docker/Dockerfile");
    private static final String DATABASE_URL = "postgresql://nova:x@db:5432/nova";

    @TempDir
    private Path folder;

    // --- Kubernetes

    static Stream<Path> kubernetesFiles() throws IOException {
        try (var files = Files.walk(K8S)) {
            return files
                    .filter(it -> it.toString().endsWith(".yaml") && !it.endsWith("kustomization.yaml"))
                    .sorted()
                    .toList()
                    .stream();
        }
    }

    @ParameterizedTest
    @MethodSource("kubernetesFiles")
    void everyKubernetesObjectHasOnlyFieldsThatItsKindKnows(Path file) throws IOException {
        assertThat(StrictYaml.objects(Files.readString(file))).isNotEmpty();
    }

    @Test
    void everyFileOfTheBaseIsUsed() throws IOException {
        var listed = new TreeSet<String>();
        StrictYaml.trees(Files.readString(BASE.resolve("kustomization.yaml")))
                .getFirst()
                .path("resources")
                .forEach(it -> listed.add(it.asText()));
        try (var files = Files.list(BASE)) {
            assertThat(files.map(it -> it.getFileName().toString())
                            .filter(it -> it.endsWith(".yaml") && !it.equals("kustomization.yaml")))
                    .containsExactlyInAnyOrderElementsOf(listed);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "statefulset.yaml, terminationGracePeriodSeconds, terminationGracePeriodSecond",
        "statefulset.yaml, readOnlyRootFilesystem, readOnlyRootFileSystem",
        "statefulset.yaml, fieldPath, fieldpath",
        "service.yaml, publishNotReadyAddresses, publishNotReadyAddress",
        "poddisruptionbudget.yaml, maxUnavailable, maxUnavailble",
        "networkpolicy.yaml, podSelector, podSelectors",
    })
    void aMisspeltFieldIsRefused(String file, String field, String misspelt) throws IOException {
        var yaml = Files.readString(BASE.resolve(file));
        assertThat(yaml).contains(field + ":");
        assertThatThrownBy(() -> StrictYaml.objects(yaml.replace(field + ":", misspelt + ":")))
                .isInstanceOf(UnrecognizedPropertyException.class)
                .hasMessageContaining(misspelt);
    }

    @Test
    void aMisspeltFieldOfKedaIsRefused() throws IOException {
        var yaml = Files.readString(OVERLAYS.resolve("production-autoscaled/scaledobject.yaml"));
        assertThatThrownBy(() -> StrictYaml.objects(yaml.replace("maxReplicaCount:", "maxReplicas:")))
                .isInstanceOf(UnrecognizedPropertyException.class);
    }

    @ParameterizedTest
    @CsvSource({"number, '8'", "yes-no, true"})
    void aValueOfAnotherTypeIsRefused(String ignoredWhat, String value) {
        assertThatThrownBy(() -> StrictYaml.objects(
                        "apiVersion: v1\nkind: ConfigMap\ndata:\n  WORKER_CONCURRENCY: " + value + "\n"))
                .hasMessageContaining("Cannot coerce");
    }

    @Test
    void aFieldThatIsThereTwiceIsRefused() {
        assertThatThrownBy(() -> StrictYaml.objects("apiVersion: v1\nkind: ConfigMap\ndata: {A: a}\ndata: {B: b}\n"))
                .hasMessageContaining("Duplicate field");
    }

    /** The base as it is, with what Kustomize makes of settings.env. */
    private static Workers base() throws IOException {
        var objects = new ArrayList<Object>();
        for (var file : kubernetesFiles().filter(it -> it.startsWith(BASE)).toList()) {
            objects.addAll(StrictYaml.objects(Files.readString(file)));
        }
        objects.add(settings(Workers.lines(BASE.resolve("settings.env"))));
        return Workers.of(objects);
    }

    private static ConfigMap settings(Map<String, String> data) {
        return new ConfigMapBuilder()
                .withNewMetadata()
                .withName("nova-worker")
                .endMetadata()
                .withData(data)
                .build();
    }

    @Test
    void theObjectsOfTheBaseAgreeWithEachOther() throws IOException {
        assertThat(base().problems()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    statefulset.yaml         | terminationGracePeriodSeconds: 420    | terminationGracePeriodSeconds: 310     | a stop takes up to
                    statefulset.yaml         | containerPort: 17355                  | containerPort: 17356                   | but the worker listens on
                    statefulset.yaml         | CLUSTER_HOST                          | CLUSTER_HOSTNAME                       | CLUSTER_HOSTNAME is no setting
                    statefulset.yaml         | serviceName: nova-worker              | serviceName: nova                      | the StatefulSet's Service is nova
                    statefulset.yaml         | path: /health/live                    | path: /health/ready                    | the probes of start
                    service.yaml             | app.kubernetes.io/name: nova          | app.kubernetes.io/name: novo           | Service selects
                    service.yaml             | targetPort: http                      | targetPort: web                        | leads to none of
                    poddisruptionbudget.yaml | app.kubernetes.io/component: worker   | app.kubernetes.io/component: workers   | PodDisruptionBudget selects
                    networkpolicy.yaml       | port: 17355                           | port: 17356                            | the NetworkPolicy lets in
                    networkpolicy.yaml       | app.kubernetes.io/component: worker   | app.kubernetes.io/component: workers   | NetworkPolicy egress selects
                    """)
    void whatDoesNotAgreeIsFound(String file, String text, String changed, String problem) throws IOException {
        var objects = new ArrayList<Object>();
        for (var path : kubernetesFiles().filter(it -> it.startsWith(BASE)).toList()) {
            var yaml = Files.readString(path);
            if (path.endsWith(file)) {
                assertThat(yaml).contains(text);
                yaml = yaml.replace(text, changed);
            }
            objects.addAll(StrictYaml.objects(yaml));
        }
        objects.add(settings(Workers.lines(BASE.resolve("settings.env"))));
        assertThat(Workers.of(objects).problems()).anyMatch(it -> it.contains(problem));
    }

    @Test
    void theProductionOverlaySetsWhatExists() throws IOException {
        var production = StrictYaml.trees(Files.readString(OVERLAYS.resolve("production/kustomization.yaml")))
                .getFirst();
        var names = new TreeSet<>(
                Workers.lines(OVERLAYS.resolve("production/secret.env")).keySet());
        production
                .path("configMapGenerator")
                .forEach(it -> it.path("literals")
                        .forEach(literal -> names.add(literal.asText().replaceAll("=.*", ""))));

        assertThat(names).isNotEmpty().allMatch(Workers::isKnown);
        assertThat(names).contains("DATABASE_URL", "NOVA_API_TOKEN");
    }

    @Test
    void theScalerCountsTheRunsThatCouldBegin() throws IOException {
        var scaled = Workers.of(StrictYaml.objects(
                        Files.readString(OVERLAYS.resolve("production-autoscaled/scaledobject.yaml"))))
                .one(ScaledObject.class)
                .spec();
        var set = base().one(StatefulSet.class);
        assertThat(scaled.scaleTargetRef().name()).isEqualTo(StrictYaml.name(set));
        assertThat(scaled.scaleTargetRef().envSourceContainerName())
                .isEqualTo(base().container().getName());
        assertThat(scaled.minReplicaCount()).isPositive();
        var trigger = scaled.triggers().getFirst().metadata();
        assertThat(base().environment()).containsKey(trigger.get("connectionFromEnv"));
        try (var database = TestDatabase.create()) {
            database.execute(
                    "INSERT INTO runs (agent_id, plan, status, next_attempt_at) SELECT 'a', '"
                            + TestDatabase.PLAN + "', status, at FROM (VALUES ('queued', NULL),"
                            + " ('retry', now() - interval '1 second'), ('retry', now() + interval '1 hour'),"
                            + " ('scheduled', now() + interval '1 hour'), ('running', NULL), ('succeeded', NULL)) v(status, at)");

            assertThat(database.one(Long.class, String.valueOf(trigger.get("query"))))
                    .isEqualTo(2);
        }
    }

    // --- compose and the image

    private static JsonNode compose() throws IOException {
        return StrictYaml.trees(Files.readString(COMPOSE)).getFirst();
    }

    private static Stream<String> names(JsonNode object) {
        return StreamSupport.stream(Spliterators.spliteratorUnknownSize(object.fieldNames(), 0), false);
    }

    @Test
    void composeHandsOnEverySettingOfAWorkerAndNothingElse() throws IOException {
        var environment = new TreeSet<String>();
        names(compose().path("x-nova").path("environment")).forEach(environment::add);
        names(compose().path("services").path("nova_worker").path("environment"))
                .filter(it -> !it.equals("<<"))
                .forEach(environment::add);
        assertThat(environment).allMatch(Workers::isKnown);

        // Where the nodes reach each other is in compose.conf: it is the same for all.
        var expected = new TreeSet<>(List.of("NOVA_CONFIG"));
        Stream.of(Variable.values())
                .map(Enum::name)
                .filter(it -> !it.startsWith("CLUSTER_") && !it.equals("HTTP_PORT"))
                .forEach(expected::add);
        assertThat(environment).containsExactlyElementsOf(expected);
    }

    @Test
    void whatEnvFileSetsIsReadByCompose() throws IOException {
        var names = new TreeSet<>(Workers.lines(Path.of(".env")).keySet());
        assertThat(names).contains("WORKER_POLL_INTERVAL", "WORKER_CONCURRENCY", "WORKER_BATCH_SIZE");
        assertThat(Files.readString(COMPOSE)).contains(names);
    }

    @Test
    void composeWaitsForTheDrain() throws IOException {
        var worker = compose().path("services").path("nova_worker");
        var grace = Long.parseLong(worker.path("stop_grace_period").asText().replace("s", ""));
        var settings = Settings.load(Map.of("DATABASE_URL", DATABASE_URL), Map.of());

        assertThat(grace).isGreaterThanOrEqualTo(Workers.longestStop(settings).toSeconds());
    }

    @Test
    void aWorkerCanBeScaledByCompose() throws IOException {
        var worker = compose().path("services").path("nova_worker");
        assertThat(worker.has("container_name")).isFalse();
        assertThat(worker.has("ports")).isFalse();
    }

    @Test
    void imagesHaveATagAndItIsNotLatest() throws IOException {
        var stages = new TreeSet<String>();
        var images = new ArrayList<String>();
        for (var line : Files.readAllLines(DOCKERFILE)) {
            var from = Pattern.compile("FROM (\\S+)(?: AS (\\S+))?").matcher(line);
            if (from.matches()) {
                if (!stages.contains(from.group(1))) {
                    images.add(from.group(1));
                }
                if (from.group(2) != null) {
                    stages.add(from.group(2));
                }
            }
        }
        images.add(base().container().getImage());
        compose().path("services").forEach(it -> {
            if (it.has("image")) {
                images.add(it.path("image").asText());
            }
        });

        assertThat(images).hasSizeGreaterThan(3).allMatch(it -> it.matches("[^:]+:(?!latest).+"));
    }

    @Test
    void theImageAndThePodRunAsTheSameUser() throws IOException {
        var pod =
                base().one(StatefulSet.class).getSpec().getTemplate().getSpec().getSecurityContext();
        assertThat(Files.readAllLines(DOCKERFILE).stream()
                        .filter(it -> it.startsWith("USER "))
                        .toList())
                .isNotEmpty()
                .containsOnly("USER " + pod.getRunAsUser() + ":" + pod.getRunAsGroup());
    }

    // --- cluster-config

    static Stream<Path> configurations() throws IOException {
        try (var files = Files.list(Path.of("cluster-config"))) {
            return files.sorted().toList().stream();
        }
    }

    private static Settings load(Path configuration) {
        return Settings.load(
                Map.of(
                        "DATABASE_URL",
                        DATABASE_URL,
                        "NOVA_API_TOKEN",
                        "made-up",
                        "NOVA_CONFIG",
                        configuration.toString()),
                Map.of());
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void aConfigurationIsAccepted(Path configuration) {
        assertSound(load(configuration));
    }

    /** What is commented out is an example that works once the mark is taken away. */
    @ParameterizedTest
    @MethodSource("configurations")
    void soIsWhatIsCommentedOutInIt(Path configuration) throws IOException {
        var commented = Pattern.compile("(?m)^( *)# ([a-z][a-z.-]* = )");
        var text = Files.readString(configuration);
        assertThat(text).containsPattern(commented);
        TestAuthority.in(folder).node("tls");
        var complete = folder.resolve(configuration.getFileName());
        Files.writeString(
                complete,
                commented
                        .matcher(text)
                        .replaceAll("$1$2")
                        .replaceAll("\"/(run/secrets/nova-tls|etc/nova/tls)/", "\"" + folder + "/"));
        var settings = load(complete);

        assertSound(settings);
        if (text.contains("tls {")) {
            assertThat(settings.cluster().tls()).isNotNull();
        }
        // It shows the defaults, as it says.
        var defaults = ConfigFactory.load();
        settings.pekko()
                .entrySet()
                .forEach(it -> assertThat(settings.pekko().getDuration(it.getKey()))
                        .as(it.getKey())
                        .isEqualTo(defaults.getDuration(it.getKey())));
    }

    private static void assertSound(Settings settings) {
        assertThat(settings.warnings()).isEmpty();
        assertThat(unknownToPekko(settings.pekko())).isEmpty();
        var cluster =
                settings.pekko().withFallback(ConfigFactory.load()).resolve().getConfig("pekko.cluster");
        // Or a crash of the node that holds the lease takes the survivors with it.
        assertThat(cluster.getDuration("split-brain-resolver.postgres-lease.heartbeat-timeout"))
                .isLessThanOrEqualTo(cluster.getDuration("failure-detector.acceptable-heartbeat-pause")
                        .plus(cluster.getDuration("split-brain-resolver.stable-after")));
    }

    private static List<String> unknownToPekko(Config pekko) {
        var known = ConfigFactory.load();
        return pekko.entrySet().stream()
                .map(Map.Entry::getKey)
                .filter(it -> !known.hasPath(it))
                .toList();
    }

    @ParameterizedTest
    @CsvSource({
        "nova.cluster.port = 99999, out of range",
        "nova.cluster.tls.key-file = /tls.key, TLS between nodes needs",
        "nova.http.host = 0.0.0.0, NOVA_API_TOKEN",
    })
    void aBadConfigurationIsRefused(String line, String problem) throws IOException {
        var configuration = Files.writeString(folder.resolve("bad.conf"), line);
        assertThatThrownBy(() -> Settings.load(
                        Map.of("DATABASE_URL", DATABASE_URL, "NOVA_CONFIG", configuration.toString()), Map.of()))
                .isInstanceOf(SettingException.class)
                .hasMessageContaining(problem);
    }

    @Test
    void aMisspeltKeyOfNovaIsFound() throws IOException {
        var configuration = Files.writeString(folder.resolve("bad.conf"), "nova.cluster.prot = 17355");
        assertThat(load(configuration).warnings()).singleElement(STRING).contains("nova.cluster.prot");
    }

    @Test
    void aMisspeltKeyOfPekkoIsFound() {
        assertThat(unknownToPekko(ConfigFactory.parseString("pekko.cluster.failure-detector.acceptable-pause = 3s")))
                .containsExactly("pekko.cluster.failure-detector.acceptable-pause");
    }

    // --- the guide

    private static final Path GUIDE = Path.of("src/site/markdown/operations.md");

    @Test
    void theGuideUsesCommandsThatExist() throws IOException {
        var used = Pattern.compile("(?:`|exec nova_worker |-- )nova ([a-z]+)|--no-deps nova_worker ([a-z]+)")
                .matcher(Files.readString(GUIDE))
                .results()
                .map(it -> it.group(1) == null ? it.group(2) : it.group(1))
                .toList();
        var commands = Stream.of(Nova.class.getAnnotation(Command.class).subcommands())
                .map(it -> it.getAnnotation(Command.class).name());

        assertThat(used).contains("check", "status", "enqueue");
        assertThat(commands).containsAll(used);
    }

    @Test
    void theGuideNamesFilesThatExist() throws IOException {
        assertThat(Pattern.compile("(?:k8s|cluster-config|src)/[a-z0-9./-]*[a-z0-9/]")
                        .matcher(Files.readString(GUIDE))
                        .results()
                        .map(it -> Path.of(it.group()))
                        .distinct())
                .hasSizeGreaterThan(5)
                .allMatch(Files::exists);
    }
}

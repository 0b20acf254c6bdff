package com.agenticverz.nova.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the tools of an operator make of the files. Needs kubectl and docker-compose, and neither's server. */
@Tag("cluster")
class RenderedDeploymentIT {

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"production", "production-autoscaled"})
    void theRenderedOverlayIsSound(String overlay) throws IOException {
        var rendered = run("kubectl", "kustomize", "k8s/overlays/" + overlay);
        assertThat(rendered.exitCode()).as(rendered.err()).isZero();
        // A form that is about to go is said there.
        assertThat(rendered.err()).isEmpty();

        var workers = Workers.of(StrictYaml.objects(rendered.out()));
        assertThat(workers.problems()).isEmpty();
        // The generated names have a hash of the content, and what refers to them too, so that a change rolls the pods.
        assertThat(StrictYaml.name(workers.one(Secret.class))).matches("nova-worker-[a-z0-9]+");
        assertThat(workers.container().getImage()).matches("nova:[0-9.]+");
        assertThat(workers.container().getResources().getLimits()).containsKeys("cpu", "memory");
        assertThat(workers.settings().worker().concurrency()).isEqualTo(8);
        if (overlay.equals("production")) {
            assertThat(workers.one(StatefulSet.class).getSpec().getReplicas()).isEqualTo(3);
        } else {
            assertThat(workers.one(StatefulSet.class).getSpec().getReplicas()).isNull();
            assertThat(workers.one(ScaledObject.class).spec().triggers()).hasSize(1);
        }
    }

    @Test
    void composeTakesItsFile() throws IOException {
        var rendered = run("docker-compose", "config");
        assertThat(rendered.exitCode()).as(rendered.err()).isZero();

        var services = StrictYaml.trees(rendered.out()).getFirst().path("services");
        var worker = services.path("nova_worker");
        assertThat(worker.path("environment").path("WORKER_CONCURRENCY").asText())
                .isEqualTo("4");
        assertThat(worker.path("environment").path("DATABASE_URL").asText())
                .isEqualTo("postgresql://nova:change-me@postgres:5432/nova");
        assertThat(worker.path("depends_on").path("migrate").path("condition").asText())
                .isEqualTo("service_completed_successfully");
        assertThat(services.path("migrate").path("command").path(0).asText()).isEqualTo("migrate");
    }

    @Test
    void composeNeedsNoEnvFile() throws IOException {
        Files.copy(Path.of("compose.yaml"), folder.resolve("compose.yaml"));
        var rendered = run(
                "docker-compose", "--project-directory", folder.toString(), "-f", folder + "/compose.yaml", "config");
        assertThat(rendered.exitCode()).as(rendered.err()).isZero();
        assertThat(rendered.out()).contains("postgresql://nova:change-me@postgres:5432/nova");
    }

    @Test
    void composeRefusesAMisspeltField() throws IOException {
        var misspelt = Files.readString(Path.of("compose.yaml")).replace("stop_grace_period:", "stop_grace_perid:");
        Files.writeString(folder.resolve("compose.yaml"), misspelt);
        var rendered = run("docker-compose", "-f", folder + "/compose.yaml", "config");
        assertThat(rendered.exitCode()).isNotZero();
        assertThat(rendered.err()).contains("stop_grace_perid");
    }

    private record Ended(int exitCode, String out, String err) {}

    private Ended run(String... command) throws IOException {
        var out = folder.resolve("out");
        var err = folder.resolve("err");
        var builder = new ProcessBuilder(List.of(command))
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        // Only the files count, not what this shell happens to have set.
        builder.environment().keySet().removeIf(it -> it.startsWith("WORKER_") || it.startsWith("COMPOSE_"));
        var process = builder.start();
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(String.join(" ", command) + " takes longer than a minute");
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            throw new UncheckedIOException(new IOException(e));
        }
        return new Ended(
                process.exitValue(),
                Files.readString(out, StandardCharsets.UTF_8),
                Files.readString(err, StandardCharsets.UTF_8));
    }
}

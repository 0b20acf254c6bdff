package com.agenticverz.nova.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.execute.Assign;
import com.agenticverz.nova.execute.Demand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Half of a deploy: nodes of today in one cluster with a node of a later version, whose messages have a field more. The
 * later version is today's with its records compiled anew.
 */
@Tag("cluster")
class TwoVersionsIT {

    private static final Pattern RECORD =
            Pattern.compile("(?s)(.*public record (\\w+)\\()([^{]*)(\\)\\s*implements [^{]*\\{)(.*)");

    @RegisterExtension
    final Scenario scenario = Scenario.create();

    @Test
    void nodesOfTwoVersionsAreOneClusterWhicheverOfThemPolls() throws IOException {
        var classes = Files.createTempDirectory(Path.of("target"), "later-version-");
        var config = Files.writeString(classes.resolve("nova.conf"), "pekko.cluster.app-version = 9.9.9\n");
        compileLater(classes.resolve("classes"), Demand.class, Assign.class);
        var sql = scenario.sql();
        var claims = ClaimAudit.on(sql);
        var old = scenario.node().awaitPolling();
        var later = scenario.nodeOfAnotherVersion(classes.resolve("classes"), "NOVA_CONFIG", config.toString());
        var fleet = Fleet.of(old, later).awaitFormed();
        try (var load = Load.of(sql, 1, Duration.ofMillis(250), 1)) {
            assertThat(fleet.poller()).isSameAs(old);
            fleet.awaitAllGetWork(Instant.now(), NodeProcess.SOON);
            // So its demand had one field more than the poller knows.
            later.await(
                    NodeProcess.SOON,
                    "later_version",
                    event -> event.path("record").asText().equals("Demand"));

            old.signal("TERM");
            assertThat(old.awaitExit(NodeProcess.SOON)).isZero();
            fleet.remove(old);
            var another = scenario.node();
            fleet.add(another).awaitFormed();
            assertThat(fleet.poller()).isSameAs(later);
            var together = Instant.now();
            fleet.awaitAllGetWork(together, NodeProcess.SOON);
            later.await(
                    NodeProcess.SOON,
                    "later_version",
                    event -> event.path("record").asText().equals("Assign"));

            sql.awaitCount(NodeProcess.SOON, "succeeded", load.stop());
        }
        ClusterReport.add(
                "runs by version in a mixed cluster",
                sql.rows("SELECT claimed_by, count(*) AS runs FROM runs GROUP BY 1").stream()
                        .map(row -> (row.get("claimed_by").equals(Fleet.id(later)) ? "later " : "today's ")
                                + row.get("runs"))
                        .sorted()
                        .toList());
        assertThat(sql.rows("SELECT * FROM runs WHERE attempts <> 1")).isEmpty();
        scenario.assertEachSettledOnce();
        claims.assertOnePollerAtATime();
    }

    /** Compiles records with one component more, each of which says once that it is in use. */
    private static void compileLater(Path classes, Class<?>... records) throws IOException {
        var compiler = Objects.requireNonNull(ToolProvider.getSystemJavaCompiler(), "no compiler in this JVM");
        var sources = Files.createTempDirectory(Path.of("target"), "later-version-sources-");
        Files.createDirectories(classes);
        var arguments = new ArrayList<>(List.of(
                "-proc:none",
                "-parameters",
                "-d",
                classes.toString(),
                "-cp",
                Path.of("target", "nova.jar").toString()));
        for (var type : records) {
            var source = Files.readString(
                    Path.of("src", "main", "java").resolve(type.getName().replace('.', '/') + ".java"));
            var file = sources.resolve(type.getSimpleName() + ".java");
            Files.writeString(file, later(source));
            arguments.add(file.toString());
        }
        assertThat(compiler.run(null, null, null, arguments.toArray(String[]::new)))
                .as("exit code of the compiler")
                .isZero();
    }

    private static String later(String source) {
        var parts = RECORD.matcher(source);
        assertThat(parts.matches()).as("a record: " + source).isTrue();
        var name = parts.group(2);
        var components = parts.group(3);
        var names = Pattern.compile("(\\w+)\\s*(,|$)")
                .matcher(components.replaceAll("<[^<>]*>", "").strip());
        var arguments = names.results().map(it -> it.group(1)).toList();
        return parts.group(1) + components + ", String addedLater" + parts.group(4)
                + """

                private static final java.util.concurrent.atomic.AtomicBoolean SAID =
                    new java.util.concurrent.atomic.AtomicBoolean();

                public %1$s {
                  if (!SAID.getAndSet(true)) {
                    // Where the log goes; what is printed does not go there.
                    new java.io.PrintStream(new java.io.FileOutputStream(java.io.FileDescriptor.out), true)
                        .println("{\\"message\\":\\"later_version\\",\\"record\\":\\"%1$s\\"}");
                  }
                }

                public %1$s(%2$s) {
                  this(%3$s, "unknown today");
                }
                """.formatted(name, components, String.join(", ", arguments)) + parts.group(5);
    }
}

package com.agenticverz.nova;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.store.NodeRow;
import com.agenticverz.nova.store.TestDatabase;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NodesCommandTest {

    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.create();

    private static final UUID A = UUID.fromString("01999999-0000-7000-8000-00000000000a");
    private static final String NL = System.lineSeparator();

    @BeforeEach
    void twoNodes() {
        DATABASE.empty("nodes, node_controls, audit_log");
        DATABASE.database().nodes().register(new NodeRow(A, 1, "a:1", "1.0", 4, true, false, Map.of()));
        DATABASE.database().nodes().register(new NodeRow(UUID.randomUUID(), 2, "b:1", "1.0", 8, true, false, Map.of()));
    }

    @Test
    void aNodeDrainsAndIsResumedByItsIdOrItsAddress() {
        assertThat(nodes("drain", A.toString()).out()).isEqualTo("a:1 takes no new runs from now on" + NL);
        assertThat(nodes("drain", "a:1").out()).isEqualTo("a:1 takes no new runs already" + NL);
        assertThat(DATABASE.one(Boolean.class, "SELECT draining FROM node_controls WHERE node = 'a:1'"))
                .isTrue();
        assertThat(DATABASE.one(String.class, "SELECT actor FROM audit_log")).endsWith("(nova)");

        assertThat(nodes("resume", "a:1").out()).isEqualTo("a:1 takes runs from now on" + NL);
        assertThat(nodes("resume", "a:1").out()).isEqualTo("a:1 takes runs already" + NL);
        assertThat(DATABASE.rows("SELECT * FROM node_controls")).isEmpty();
    }

    @Test
    void anUnknownNodeIsSaidSoAndTheOthersAreDoneAllTheSame() {
        var ended = nodes("drain", "c:1", "b:1");

        assertThat(ended.exitCode()).isOne();
        assertThat(ended.err()).isEqualTo("nova: there is no node 'c:1'; there are a:1, b:1" + NL);
        assertThat(ended.out()).isEqualTo("b:1 takes no new runs from now on" + NL);
    }

    @Test
    void aNodeIsResizedAndAllAreButThoseOfWhichSomethingIsSaid() {
        assertThat(nodes("resize", "a:1", "16").out()).isEqualTo("a:1 is to run 16 at once" + NL);
        assertThat(nodes("resize", "--all", "2").out())
                .isEqualTo("each node is to run 2 at once" + NL
                        + "but a:1 16, which is said of it alone; nova nodes resize a:1 --default ends that" + NL);
        assertThat(nodes("resize", "a:1", "--default").out()).isEqualTo("a:1 is to run 2 at once, as all" + NL);
        assertThat(nodes("resize", "a:1", "--default").out())
                .isEqualTo("a:1 is to run 2 at once, as all, as before" + NL);
        assertThat(nodes("resize", "--all", "--default").out())
                .isEqualTo("each node is to run as many at once as its WORKER_CONCURRENCY says" + NL);
        assertThat(DATABASE.rows("SELECT * FROM node_controls")).isEmpty();
        assertThat(nodes("resize", "a:1", "3", "--json").out())
                .isEqualTo("{\"node\":\"a:1\",\"concurrency\":3,\"draining\":false,\"changed\":true}" + NL);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    resize               | NODE is missing; or say --all
                    resize a:1           | N is missing; or say --default
                    resize a:1 0         | N: '0' is not a number of runs; allowed: 1 to 10000
                    resize a:1 many      | N: 'many' is not a number of runs; allowed: 1 to 10000
                    resize --all a:1     | N: 'a:1' is not a number of runs; allowed: 1 to 10000
                    resize --all 4 a:1   | 'a:1' is one too many beside --all
                    resize a:1 4 --default | '4' is one too many beside --default
                    """)
    void whatCannotBeMeantIsRefused(String command, String problem) {
        var ended = nodes(command.split(" "));

        assertThat(ended.exitCode()).isEqualTo(2);
        assertThat(ended.err()).startsWith("nova: " + problem + NL);
        assertThat(DATABASE.rows("SELECT * FROM node_controls")).isEmpty();
    }

    @Test
    void listAndStatusShowWhatIsWantedBesideWhatIs() {
        nodes("resize", "--all", "2");
        nodes("resize", "b:1", "8");
        nodes("drain", "a:1");
        DATABASE.execute("INSERT INTO node_controls VALUES ('gone:1', 3, true)");

        assertThat(nodes("list").out().lines())
                .satisfiesExactly(
                        line -> assertThat(line).startsWith("node").endsWith("state"),
                        line -> assertThat(line).startsWith("a:1 ").endsWith(A + "  is to drain, is to run 2"),
                        line -> assertThat(line)
                                .startsWith("b:1 ")
                                .contains("  8 ")
                                .doesNotContain("is to"),
                        line -> assertThat(line).isEqualTo("all nodes of which nothing else is wanted: 2 at once"),
                        line -> assertThat(line)
                                .isEqualTo("not there: gone:1, should it come, is to run 3, is to drain"));
        assertThat(nova("status").out())
                .containsPattern("a:1 .*running 0 of 4, .*, is to drain, is to run 2" + NL)
                .containsPattern("b:1 .*running 0 of 8, last heartbeat \\d+ s ago" + NL);
        assertThat(nodes("list", "--json").out())
                .startsWith("{\"concurrency\":2,\"nodes\":[{\"id\":\"" + A + "\",\"address\":\"a:1\"")
                .contains("\"wanted_concurrency\":2", "\"wanted_draining\":true")
                .endsWith("\"not_there\":[{\"node\":\"gone:1\",\"concurrency\":3,\"draining\":true}]}" + NL);

        DATABASE.execute("UPDATE nodes SET draining = true, concurrency = 2 WHERE address = 'a:1'");
        assertThat(nova("status").out()).contains("s ago, draining until it is resumed" + NL);
        nodes("resume", "a:1");
        assertThat(nova("status").out()).contains("s ago, draining" + NL);
    }

    private static NovaTest.Ended nodes(String... arguments) {
        var all = new ArrayList<>(List.of("nodes"));
        all.addAll(List.of(arguments));
        return nova(all.toArray(String[]::new));
    }

    private static NovaTest.Ended nova(String... arguments) {
        var all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--database-url", NovaTest.url(DATABASE)));
        return NovaTest.nova(all.toArray(String[]::new));
    }
}

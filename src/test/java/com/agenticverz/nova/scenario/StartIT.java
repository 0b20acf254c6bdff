package com.agenticverz.nova.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class StartIT {

    private static final String PASSWORD = "pa55:w@rd/of?nova#1%";
    private static final String ENCODED_PASSWORD = "pa55%3Aw%40rd%2Fof%3Fnova%231%25";

    @RegisterExtension
    final Scenario scenario = Scenario.create();

    private void login(String name) {
        scenario.sql().execute("CREATE ROLE " + name + " LOGIN SUPERUSER PASSWORD '" + PASSWORD + "'");
        scenario.server().requirePassword(name);
    }

    @Test
    void whatWillNeverWorkEndsTheStartWithOneLine() {
        login("refused");
        var server = scenario.server();
        var database = scenario.database();
        int nobody = PostgresServer.freePort();
        // The URL, and what the line has to say.
        var bad = new LinkedHashMap<String, String>();
        bad.put(server.url("refused:wrong-secret", database), "password authentication failed");
        bad.put(server.url("refused", database), "password");
        bad.put(server.url("postgres:wrong-secret", "no_such_database"), "no_such_database");
        bad.put("postgresql://postgres:wrong-secret@nova-no-such-host.invalid/x", "nova-no-such-host.invalid");
        bad.put("postgresql://postgres:wrong-secret@127.0.0.1:" + nobody + "/x", "127.0.0.1:" + nobody);
        bad.put("mysql://postgres:wrong-secret@127.0.0.1/x", "postgresql://");

        var nodes = new HashMap<String, NodeProcess>();
        bad.keySet()
                .forEach(url ->
                        nodes.put(url, scenario.start(Map.of("DATABASE_URL", url, "DATABASE_START_TIMEOUT", "2"))));
        bad.forEach((url, says) -> {
            var node = nodes.get(url);
            int exitCode = node.awaitExit(Duration.ofSeconds(30));
            Scenario.measured("exit code " + exitCode, String.join("\\n", node.errorLines()));
            assertThat(exitCode).as(url).isNotZero();
            assertThat(node.errorLines())
                    .as(url)
                    .hasSize(1)
                    .first()
                    .asString()
                    .contains(says, "DATABASE_URL")
                    .doesNotContain("wrong-secret");
            assertThat(node.lines()).as(url).noneMatch(line -> line.contains("wrong-secret"));
            assertThat(node.lines()).as(url).noneMatch(line -> line.contains("\tat "));
        });
    }

    @Test
    void aPasswordMayHoldAnyCharacter() {
        login("admitted");
        var url = scenario.server().url("admitted:" + ENCODED_PASSWORD, scenario.database());
        var node = scenario.node("DATABASE_URL", url).awaitPolling();
        node.await("run_completed", scenario.sql().insert("noop", "{}"));
        assertThat(node.lines()).noneMatch(line -> line.contains("pa55"));
        assertThat(node.errorLines()).isEmpty();
    }

    @Test
    void aSchemaFromTheFutureIsLeftAloneAndWorks() {
        var sql = scenario.sql();
        sql.execute("""
                INSERT INTO nova_schema_history
                  (installed_rank, version, description, type, script, checksum, installed_by, execution_time, success)
                SELECT max(installed_rank) + 1, '999', 'of a later Nova', 'SQL', 'V999__of_a_later_nova.sql', 1,
                       'postgres', 1, true
                FROM nova_schema_history;
                ALTER TABLE runs ADD COLUMN of_a_later_nova text;
                """);
        var node = scenario.node().awaitPolling();
        node.await("run_completed", sql.insert("noop", "{}"));
        assertThat(sql.one(String.class, "SELECT max(version) FROM nova_schema_history"))
                .isEqualTo("999");
        assertThat(node.errorLines()).isEmpty();
        assertThat(node.lines()).hasSameSizeAs(node.events());
    }
}

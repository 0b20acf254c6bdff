package com.agenticverz.nova.bench.driver;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * How long a worker takes from the start of its process to its first claim, without and with an AOT cache. PostgreSQL
 * writes down when the claim came; it and this process read the clock of one machine.
 */
final class NovaStart {

    private static final Duration TO_CLAIM = Duration.ofSeconds(60);

    private static final String WATCH = """
            CREATE TABLE bench_first_claim (at timestamptz NOT NULL);
            CREATE FUNCTION bench_note_claim() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              INSERT INTO bench_first_claim VALUES (clock_timestamp());
              RETURN NULL;
            END
            $$;
            CREATE TRIGGER bench_note_claim AFTER INSERT ON claims
              FOR EACH STATEMENT EXECUTE FUNCTION bench_note_claim();
            """;

    private final NovaJar jar;
    private final NovaWorker workers;
    private final NovaCache cache;

    NovaStart(NovaJar jar, NovaWorker workers, NovaCache cache) {
        this.jar = jar;
        this.workers = workers;
        this.cache = cache;
    }

    ObjectNode measure(BenchDatabase database, Sizes sizes, Server server) {
        var cached = cache.options(server);
        workers.migrate(database);
        database.execute(WATCH);
        var fields = new ObjectMapper().createObjectNode();
        var without = fields.putArray("without_aot_s");
        var with = fields.putArray("with_aot_s");
        for (int i = 0; i < sizes.of(Figure.START); i++) {
            without.add(secondsToClaim(database, List.of()));
            with.add(secondsToClaim(database, cached));
        }
        return fields;
    }

    private double secondsToClaim(BenchDatabase database, List<String> jvm) {
        database.execute("TRUNCATE bench_first_claim");
        database.execute("INSERT INTO runs (agent_id, plan) VALUES ('start', '{\"steps\":[{\"skill\":\"noop\"}]}')");
        var began = Instant.now();
        var worker = workers.start(database, jar.command(jvm, "worker"));
        try {
            database.awaitNone(
                    "SELECT 1 FROM runs WHERE status = 'queued' OR NOT EXISTS (SELECT 1 FROM bench_first_claim)",
                    TO_CLAIM);
            long micros = database.number("SELECT (extract(epoch FROM min(at)) * 1e6)::bigint FROM bench_first_claim");
            return (micros - TimeUnit.SECONDS.toMicros(began.getEpochSecond()) - began.getNano() / 1e3) / 1e6;
        } finally {
            worker.destroy();
            workers.awaitEnd(worker);
        }
    }
}

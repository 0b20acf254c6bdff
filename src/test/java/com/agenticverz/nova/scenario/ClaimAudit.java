package com.agenticverz.nova.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;

/** Every claim that was ever made on a database: for which node, by the poller of which epoch, and when. */
final class ClaimAudit {

    private static final String TABLE = """
            CREATE TABLE claim_audit (
              at timestamptz NOT NULL DEFAULT clock_timestamp(),
              claim_id bigint NOT NULL, node_id uuid NOT NULL, epoch bigint NOT NULL, runs int NOT NULL);
            CREATE FUNCTION audit_claim() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              INSERT INTO claim_audit (claim_id, node_id, epoch, runs)
              VALUES (NEW.id, NEW.node_id, NEW.epoch, cardinality(NEW.run_ids));
              RETURN NULL;
            END
            $$;
            CREATE TRIGGER audit AFTER INSERT ON claims FOR EACH ROW EXECUTE FUNCTION audit_claim();
            """;

    private final Sql sql;

    private ClaimAudit(Sql sql) {
        this.sql = sql;
    }

    /** From now on. */
    static ClaimAudit on(Sql sql) {
        sql.execute(TABLE);
        return new ClaimAudit(sql);
    }

    /** The last epoch that has claimed; 0 before the first claim. */
    long epoch() {
        return sql.count("SELECT coalesce(max(epoch), 0) FROM claim_audit");
    }

    /** The first claim of a later epoch, now or in time. */
    Instant awaitEpochAfter(long epoch, Duration atMost) {
        sql.awaitTrue(atMost, "SELECT count(*) > 0 FROM claim_audit WHERE epoch > ?", epoch);
        return sql.one(OffsetDateTime.class, "SELECT min(at) FROM claim_audit WHERE epoch > ?", epoch)
                .toInstant();
    }

    /** The first claim after a moment, for whomever, now or in time. */
    Instant awaitAfter(Instant moment, Duration atMost) {
        sql.awaitTrue(atMost, "SELECT count(*) > 0 FROM claim_audit WHERE at > ?::timestamptz", moment.toString());
        return sql.one(
                        OffsetDateTime.class,
                        "SELECT min(at) FROM claim_audit WHERE at > ?::timestamptz",
                        moment.toString())
                .toInstant();
    }

    /** The longest time between two moments in which nothing was claimed. */
    Duration longestGap(Instant from, Instant to) {
        double seconds = sql.one(Number.class, """
                SELECT coalesce(max(extract(epoch FROM at - before)), 0)::float8 FROM (
                  SELECT at, lag(at) OVER (ORDER BY at) AS before FROM (
                    SELECT at FROM claim_audit WHERE at > ?::timestamptz AND at < ?::timestamptz
                    UNION ALL VALUES (?::timestamptz), (?::timestamptz)
                  ) AS moments
                ) AS gaps
                """, from.toString(), to.toString(), from.toString(), to.toString())
                .doubleValue();
        return Duration.ofMillis(Math.round(seconds * 1000));
    }

    /** No poller claims once its successor does: at no moment are there two. */
    void assertOnePollerAtATime() {
        assertThat(sql.rows("""
                        SELECT old.epoch, old.at, new.epoch AS successor, new.since
                        FROM claim_audit old
                        JOIN (SELECT epoch, min(at) AS since FROM claim_audit GROUP BY epoch) AS new
                          ON new.epoch > old.epoch AND old.at > new.since
                        """)).as("claims of a poller that has a successor").isEmpty();
    }
}

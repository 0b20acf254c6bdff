package com.agenticverz.nova.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * An hour of ticks in two minutes, and kill -9 of the poller's node at any moment. The nodes are as they ship: the clock that
 * goes faster is that of the database, by which schedules go, and nothing else that matters here does.
 */
@Tag("cluster")
class ScheduleIT {

    private static final int TIMES_AS_FAST = 30;
    private static final Duration SIMULATED = Duration.ofHours(1);
    private static final int LEAST_KILLS = 2;
    /** On a busy machine. */
    private static final Duration ENDS_WITHIN = Duration.ofMinutes(8);

    /**
     * By name, expression, seconds between two ticks, and jitter. Every ten seconds and not each: no more than 1000 ticks are
     * caught up, which is five minutes and a half then; a failover on a busy machine takes one of them.
     */
    private record Schedule(String name, String cron, int seconds, int jitterSeconds) {}

    private static final List<Schedule> SCHEDULES = List.of(
            new Schedule("every-10-seconds", "*/10 * * * * *", 10, 0),
            new Schedule("every-minute", "* * * * *", 60, 0),
            new Schedule("every-minute-with-jitter", "* * * * *", 60, 30),
            new Schedule("every-5-minutes", "*/5 * * * *", 300, 0),
            new Schedule("hourly", "@hourly", 3600, 0));

    @RegisterExtension
    final Scenario scenario = Scenario.create();

    @Test
    void eachTickOfAnHourHasOneRunAlthoughThePollersNodeIsKilledAgainAndAgain() throws InterruptedException {
        var sql = scenario.sql();
        long seed = System.nanoTime();
        var random = new Random(seed);
        startTheFastClock(sql);
        var fleet =
                Fleet.of(IntStream.range(0, 3).mapToObj(_ -> node()).toList()).awaitFormed();
        for (var schedule : SCHEDULES) {
            sql.rows(
                    "INSERT INTO schedules (name, cron, agent_id, plan, catch_up, jitter_seconds)"
                            + " VALUES (?, ?, ?, '{\"steps\": [{\"skill\": \"noop\"}]}', 'all', ?) RETURNING name",
                    schedule.name(),
                    schedule.cron(),
                    schedule.name(),
                    schedule.jitterSeconds());
        }
        var from = sql.one(OffsetDateTime.class, "SELECT max(ticks_after) FROM schedules");
        var to = from.plus(SIMULATED);
        int kills = 0;
        var atHour = "SELECT min(coalesce(next_tick_at, ticks_after)) > '" + to + "'::timestamptz FROM schedules";
        var deadline = Instant.now().plus(ENDS_WITHIN);
        while (!sql.one(Boolean.class, atHour)) {
            assertThat(Instant.now())
                    .as("schedules stand still: " + sql.rows("SELECT name, next_tick_at, error FROM schedules"))
                    .isBefore(deadline);
            var poller = fleet.poller();
            // Its whole life: sometimes it has only begun to catch up.
            TimeUnit.MILLISECONDS.sleep(random.nextInt(200, 10_000));
            poller.kill();
            kills++;
            Scenario.measured(
                    "simulated time left at kill " + kills,
                    sql.one(String.class, "SELECT (?::timestamptz - min(next_tick_at))::text FROM schedules", to));
            fleet.remove(poller).add(node());
        }
        sql.rows("UPDATE schedules SET paused = true RETURNING name");

        for (var schedule : SCHEDULES) {
            var ticks = ticks(sql, schedule, from, to);
            Scenario.measured(
                    "ticks of " + schedule.name() + " in an hour, " + kills + " kills of the poller's node (seed "
                            + seed + ")",
                    ticks);
            assertThat(ticks)
                    .isEqualTo("wanted " + SIMULATED.toSeconds() / schedule.seconds()
                            + ", missing 0, twice 0, not wanted 0");
        }
        assertThat(kills).isGreaterThanOrEqualTo(LEAST_KILLS);
        assertThat(sql.count("SELECT count(*) FROM schedules WHERE error IS NOT NULL"))
                .isZero();
        sql.awaitTrue(
                Fleet.FORMED_WITHIN, "SELECT count(*) = 0 FROM runs WHERE status NOT IN ('succeeded', 'scheduled')");
        // What has jitter after the hour is not due yet by the other clock.
        sql.rows("DELETE FROM runs WHERE status = 'scheduled' RETURNING id");
        scenario.assertEachSettledOnce();
    }

    /** Every tick has a run, none has two, and no run is for anything else. */
    private static String ticks(Sql sql, Schedule schedule, OffsetDateTime from, OffsetDateTime to) {
        return sql.one(
                String.class, """
                WITH wanted AS (
                  SELECT tick FROM generate_series(date_trunc('hour', ?::timestamptz), ?::timestamptz,
                                                   ? * interval '1 second') AS tick
                  WHERE tick > ?::timestamptz
                ), runs_of_ticks AS (
                  SELECT substring(idempotency_key FROM length(?) + 11)::timestamptz AS tick, count(*) AS runs
                  FROM runs WHERE agent_id = ? GROUP BY 1
                )
                SELECT format('wanted %s, missing %s, twice %s, not wanted %s', count(w.tick),
                              count(*) FILTER (WHERE r.tick IS NULL), count(*) FILTER (WHERE r.runs > 1),
                              count(*) FILTER (WHERE w.tick IS NULL AND r.tick BETWEEN ?::timestamptz AND ?::timestamptz))
                FROM wanted w FULL JOIN runs_of_ticks r ON r.tick = w.tick
                """, from, to, schedule.seconds(), from, schedule.name(), schedule.name(), from, to);
    }

    private NodeProcess node() {
        return scenario.node("WORKER_CONCURRENCY", "4");
    }

    /**
     * For every session from now on {@code clock_timestamp()} is what this says: what is called without its schema is sought
     * in public first. So far before now that all runs are due by the other clock, which leases and claims go by.
     */
    private void startTheFastClock(Sql sql) {
        var start = OffsetDateTime.now(ZoneOffset.UTC);
        sql.execute("""
                CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
                  SELECT '%s'::timestamptz + (pg_catalog.clock_timestamp() - '%s'::timestamptz) * %d
                $$;
                ALTER DATABASE %s SET search_path = public, pg_catalog;
                """.formatted(start.minusHours(3), start, TIMES_AS_FAST, scenario.database()));
    }
}

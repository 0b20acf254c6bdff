package com.agenticverz.nova.claim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.agenticverz.nova.cluster.TestSystems;
import com.agenticverz.nova.store.DueSchedule;
import com.agenticverz.nova.store.TestDatabase;
import com.agenticverz.nova.store.Tick;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** On a real PostgreSQL and by its clock, with a timetable of a tick each second. */
@Timeout(120)
class SchedulerTest {

    @RegisterExtension
    static final TestDatabase DB = TestDatabase.create();

    private static final ActorTestKit KIT = ActorTestKit.create("scheduler-test", TestSystems.local());

    private long epoch;
    private ActorRef<Scheduler.Command> scheduler;

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
    }

    @BeforeEach
    void startScheduler() {
        DB.empty("runs, schedules, leases");
        scheduler = scheduler();
    }

    private ActorRef<Scheduler.Command> scheduler() {
        DB.execute("UPDATE leases SET expires_at = '-infinity'");
        epoch = DB.database()
                .leases()
                .acquire("poller", "test", Duration.ofHours(1))
                .orElseThrow();
        return KIT.spawn(Scheduler.create(DB.database(), SchedulerTest::eachSecond, epoch));
    }

    @AfterEach
    void stopScheduler() {
        KIT.stop(scheduler);
    }

    private static List<Tick> eachSecond(DueSchedule schedule, Instant now) {
        if (schedule.cron().equals("bad")) {
            throw new IllegalArgumentException("cron 'bad' is none");
        }
        var next = schedule.nextTick();
        var first = next == null ? schedule.ticksAfter().truncatedTo(ChronoUnit.SECONDS) : next;
        return next == null
                ? List.of(new Tick(null, null, null, first.plusSeconds(1)))
                : List.of(new Tick(next, next, null, next.plusSeconds(1)));
    }

    @Test
    void aScheduleTicksWithoutABreakFromWhenItWasMade() {
        insert("s", "good");
        scheduler.tell(Scheduler.Look.NOW);

        awaitRuns(4);

        assertNoGap();
    }

    @Test
    void whatIsWrongWithOneIsSaidAndDoesNotStopTheOthers() {
        insert("a", "bad");
        insert("b", "good");
        scheduler.tell(Scheduler.Look.NOW);

        awaitRuns(2);
        assertThat(DB.one(String.class, "SELECT error FROM schedules WHERE name = 'a'"))
                .isEqualTo("cron 'bad' is none");
        assertThat(DB.one(String.class, "SELECT error FROM schedules WHERE name = 'b'"))
                .isNull();

        DB.execute("UPDATE schedules SET cron = 'good' WHERE name = 'a'");

        await().until(() -> !DB.rows("SELECT 1 FROM runs WHERE idempotency_key LIKE 'schedule:a:%'")
                .isEmpty());
        assertThat(DB.one(String.class, "SELECT error FROM schedules WHERE name = 'a'"))
                .isNull();
    }

    @Test
    void whatPostgresRefusesIsSaidAndTriedAgain() {
        DB.execute("ALTER TABLE runs ADD CONSTRAINT no_such_agent CHECK (agent_id <> 'me')");
        try {
            insert("s", "good");
            scheduler.tell(Scheduler.Look.NOW);
            await().until(() -> DB.one(String.class, "SELECT error FROM schedules") != null);
            assertThat(DB.one(String.class, "SELECT error FROM schedules"))
                    .startsWith("PostgreSQL refuses its run: ")
                    .contains("no_such_agent")
                    .endsWith("; it is tried again");
        } finally {
            DB.execute("ALTER TABLE runs DROP CONSTRAINT no_such_agent");
        }

        awaitRuns(3);

        assertNoGap();
        assertThat(DB.one(String.class, "SELECT error FROM schedules")).isNull();
    }

    @Test
    void theNextPollerGoesOnWhereTheLastOneWas() {
        insert("s", "good");
        scheduler.tell(Scheduler.Look.NOW);
        awaitRuns(2);
        // Told nothing, as one that was deposed and does not know.
        var deposed = scheduler;

        scheduler = scheduler();
        awaitRuns(5);

        KIT.stop(deposed);
        assertNoGap();
    }

    private static void insert(String name, String cron) {
        DB.execute(
                "INSERT INTO schedules (name, cron, agent_id, plan) VALUES (?, ?, 'me', ?::jsonb)",
                name,
                cron,
                TestDatabase.PLAN);
    }

    private static void awaitRuns(int atLeast) {
        await().atMost(Duration.ofSeconds(60))
                .until(() -> DB.rows("SELECT 1 FROM runs").size() >= atLeast);
    }

    /** Each second has one run. */
    private static void assertNoGap() {
        assertThat(DB.rows("""
                        SELECT max(tick) - min(tick) = (count(*) - 1) * interval '1 second' AS complete,
                               count(*) = count(DISTINCT tick) AS once
                        FROM (SELECT substring(idempotency_key FROM 'schedule:s:(.*)')::timestamptz AS tick FROM runs) AS ticks
                        """)).containsExactly(java.util.Map.of("complete", true, "once", true));
    }
}

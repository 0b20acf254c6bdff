package com.agenticverz.nova.settle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.agenticverz.nova.cluster.TestSystems;
import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.run.Outcome;
import com.agenticverz.nova.store.ClaimResult;
import com.agenticverz.nova.store.Database;
import com.agenticverz.nova.store.Position;
import com.agenticverz.nova.store.StepReport;
import com.agenticverz.nova.store.TestDatabase;
import com.agenticverz.nova.telemetry.Metrics;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.pekko.Done;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.FishingOutcomes;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.LoggerFactory;

/** On a real PostgreSQL, over a wire that can be cut. A locked row holds a statement up for as long as a test likes. */
@Timeout(60)
class SettlerTest {

    @RegisterExtension
    static final TestDatabase DB = TestDatabase.create();

    private static final ActorTestKit KIT = ActorTestKit.create("settler-test", TestSystems.local());
    private static final int CAPACITY = 3;
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final Duration A_MOMENT = Duration.ofMillis(100);
    private static final String SETTLE = "WITH outcome";
    private static final String MARK = "WITH mark";
    private static final Logger NOVA = (Logger) LoggerFactory.getLogger("nova");
    private static Metrics metrics;
    private static long epoch;

    private final UUID node = UUID.randomUUID();
    private final Wire wire = Wire.to(DB.url());
    private final Database database = Database.open(wire.url(), wire.url());
    private final TestProbe<Settler.Report> pool = KIT.createTestProbe();
    private final List<Connection> locks = new ArrayList<>();
    private final ListAppender<ILoggingEvent> events = new ListAppender<>();
    private ActorRef<Settler.Command> settler;

    @BeforeAll
    static void start() {
        metrics = Metrics.start();
        epoch = DB.database()
                .leases()
                .acquire("poller", "test", Duration.ofHours(1))
                .orElseThrow();
    }

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
        metrics.close();
    }

    @BeforeEach
    void startSettler() {
        DB.empty("runs, claims");
        events.start();
        // Whatever a command said that was tested before.
        NOVA.setLevel(Level.INFO);
        NOVA.addAppender(events);
        settler = KIT.spawn(Settler.create(node, database, CAPACITY, pool.getRef(), metrics, System::nanoTime));
    }

    @AfterEach
    void stopSettler() throws Exception {
        for (var lock : locks) {
            lock.close();
        }
        NOVA.detachAppender(events);
        KIT.stop(settler);
        database.close();
        wire.close();
    }

    // --- writing

    @Test
    void anIdleSettlerWritesAtOnceAndTheClaimGoesWithTheLastOfItsRuns() {
        var fences = claim(2);

        succeed(fences.get(0));
        expectFreed(fences.get(0));
        assertThat(status(fences.get(0))).isEqualTo("succeeded");
        assertThat(claims()).isEqualTo(1);

        succeed(fences.get(1));
        expectFreed(fences.get(1));
        assertThat(claims()).isZero();
        assertThat(row(fences.get(1)))
                .containsEntry("attempts", 1)
                .containsEntry("claimed_by", node)
                .containsEntry("result", "{\"n\": 1}");
    }

    @Test
    void whatArrivesDuringAWriteIsTheNextWrite() throws Exception {
        var fences = claim(5);
        lock(fences.getFirst());
        succeed(fences.getFirst());
        awaitBlocked(1);

        fences.subList(1, 5).forEach(this::succeed);
        unlock();

        assertThat(reports(Settler.Freed.class, 2).stream().map(Settler.Freed::fences))
                .containsExactly(fences.subList(0, 1), fences.subList(1, 5));
    }

    @Test
    void everyOutcomeIsWrittenAsWhatItIs() {
        var fences = claim(3);

        settle(fences.get(0), new Outcome.Succeeded("{\"page\": [1, null]}"));
        settle(fences.get(1), new Outcome.Retry("not yet", Duration.ofSeconds(60)));
        settle(fences.get(2), new Outcome.Failed("never"));
        flush();

        assertThat(row(fences.get(0)))
                .containsEntry("status", "succeeded")
                .containsEntry("result", "{\"page\": [1, null]}")
                .containsEntry("error_message", null);
        assertThat(row(fences.get(1)))
                .containsEntry("status", "retry")
                .containsEntry("error_message", "not yet")
                .containsEntry("completed_at", null);
        assertThat(row(fences.get(2))).containsEntry("status", "failed").containsEntry("error_message", "never");
    }

    @Test
    void aFlushIsAnsweredWhenEverythingIsWritten() throws Exception {
        var fence = claim(1).getFirst();
        var flushed = KIT.<Done>createTestProbe();
        lock(fence);
        succeed(fence);
        awaitBlocked(1);

        settler.tell(new Settler.Flush(flushed.getRef()));
        flushed.expectNoMessage(A_MOMENT);
        unlock();

        flushed.expectMessage(SOON, Done.getInstance());
        assertThat(status(fence)).isEqualTo("succeeded");
        assertThat(claims()).isZero();
    }

    // --- marks

    @Test
    void aMarkedRunIsRunningAndItsClaimIsNoLongerNeeded() {
        var fence = claim(1).getFirst();

        mark(fence);

        assertThat(pool.receiveMessage(SOON)).isEqualTo(new Settler.Marked(List.of(fence)));
        assertThat(row(fence))
                .containsEntry("status", "running")
                .containsEntry("attempts", 1)
                .containsEntry("claimed_by", node)
                .containsEntry("claim_id", fence.claimId());
        assertThat(claims()).isZero();
        succeed(fence);
        expectFreed(fence);
        assertThat(row(fence)).containsEntry("status", "succeeded").containsEntry("attempts", 1);
    }

    @Test
    void aRunThatEndsWhileItsMarkIsWrittenIsSettledAfterIt() throws Exception {
        var fence = claim(1).getFirst();
        lock(fence);
        mark(fence);
        awaitBlocked(1);

        succeed(fence);
        unlock();

        assertThat(pool.receiveMessage(SOON)).isEqualTo(new Settler.Marked(List.of(fence)));
        expectFreed(fence);
        assertThat(row(fence)).containsEntry("status", "succeeded").containsEntry("attempts", 1);
    }

    @Test
    void aRunThatEndsBeforeItsMarkIsWrittenIsWrittenOnce() throws Exception {
        var fences = claim(2);
        lock(fences.getFirst());
        succeed(fences.getFirst());
        awaitBlocked(1);

        mark(fences.getLast());
        succeed(fences.getLast());
        unlock();

        expectFreed(fences.getFirst());
        expectFreed(fences.getLast());
        assertThat(status(fences.getLast())).isEqualTo("succeeded");
    }

    @Test
    void outcomesAreWrittenHoweverManyMarksFollow() throws Exception {
        // With a slow database there is always another mark, and the pool takes new runs all the while.
        var fences = claim(3);
        lock(fences.get(0));
        mark(fences.get(0));
        awaitBlocked(1);
        succeed(fences.get(1));
        lock(fences.get(2));
        mark(fences.get(2));

        unlockFirst();

        await().atMost(SOON).until(() -> status(fences.get(1)).equals("succeeded"));
        assertThat(status(fences.get(2))).isEqualTo("queued");
    }

    // --- fences

    @Test
    void aMarkThatIsFencedOutIsToldAndWritesNothing() {
        var fence = claim(1).getFirst();
        DB.execute("UPDATE runs SET status = 'cancelled' WHERE id = ?", fence.runId());

        mark(fence);

        assertThat(pool.receiveMessage(SOON)).isEqualTo(new Settler.Lost(List.of(fence)));
        expectFreed(fence);
        assertThat(status(fence)).isEqualTo("cancelled");
        assertThat(fencedOut()).isEqualTo(1);
        flush();
        assertThat(claims()).isZero();
    }

    @Test
    void anOutcomeThatIsFencedOutWritesNothingAndIsCounted() {
        var fences = claim(3);
        DB.execute(
                "UPDATE runs SET status = 'cancelled' WHERE id = ?",
                fences.get(0).runId());
        DB.execute("DELETE FROM runs WHERE id = ?", fences.get(1).runId());

        fences.forEach(this::succeed);
        flush();

        assertThat(status(fences.get(0))).isEqualTo("cancelled");
        assertThat(status(fences.get(2))).isEqualTo("succeeded");
        assertThat(fencedOut()).isEqualTo(2);
        assertThat(claims()).isZero();
    }

    @Test
    void aLateOutcomeOfARescuedRunIsFencedOut() {
        var fence = claim(1).getFirst();
        DB.database().runs().rescue(node, 5);

        succeed(fence);
        flush();

        assertThat(row(fence)).containsEntry("status", "queued").containsEntry("attempts", 1);
    }

    // --- finished steps

    @Test
    void aFinishedStepIsKeptOnceItsRunIsMarked() throws Exception {
        var fence = claim(1).getFirst();
        lock(fence);
        mark(fence);
        awaitBlocked(1);
        var first = keep(fence, "a", "{\"n\": [1, null]}");
        assertThat(first).isNotDone();
        unlock();

        assertThat(answer(first)).isEqualTo(new Kept.Yes());
        assertThat(answer(keep(fence, "b", null))).isEqualTo(new Kept.Yes());

        assertThat(DB.rows("SELECT * FROM run_steps WHERE run_id = ? ORDER BY step_id", fence.runId()))
                .satisfiesExactly(
                        step -> assertThat(step)
                                .containsEntry("step_id", "a")
                                .containsEntry("skill", "skill of a")
                                .containsEntry("output", "{\"n\": [1, null]}")
                                .containsEntry("error_message", null)
                                .containsEntry("attempt", 1)
                                .containsEntry("tries", 2),
                        step -> assertThat(step)
                                .containsEntry("step_id", "b")
                                .containsEntry("output", null)
                                .containsEntry("error_message", "why"));
    }

    @Test
    void stepsThatFinishDuringAWriteAreKeptTogether() throws Exception {
        var fences = claim(4);
        mark(fences.toArray(Fence[]::new));
        flush();
        lock(fences.getFirst());
        succeed(fences.getFirst());
        awaitBlocked(1);

        var kept = fences.subList(1, 4).stream()
                .map(fence -> keep(fence, "a", "{}"))
                .toList();
        unlock();

        assertThat(kept.stream().map(this::answer)).containsOnly(new Kept.Yes());
        assertThat(DB.one(Long.class, "SELECT count(DISTINCT xmin::text) FROM run_steps"))
                .isEqualTo(1);
    }

    @Test
    void aStepOfARunThatIsNoLongerOursIsNotKept() {
        var fences = claim(3);
        mark(fences.get(0), fences.get(1));
        flush();
        DB.database().runs().rescue(node, 5);
        DB.execute("DELETE FROM runs WHERE id = ?", fences.get(1).runId());

        for (int i = 0; i < 2; i++) {
            assertThat(answer(keep(fences.get(i), "a", "{}"))).isEqualTo(new Kept.Lost());
            assertThat(reports(Settler.Lost.class, 1)).containsExactly(new Settler.Lost(List.of(fences.get(i))));
        }
        assertThat(answer(keep(new Fence(UUID.randomUUID(), 1, 0), "a", "{}"))).isEqualTo(new Kept.Lost());
        var neverMarked = keep(fences.get(2), "a", "{}");
        settler.tell(new Settler.Forget(fences.get(2)));
        assertThat(answer(neverMarked)).isEqualTo(new Kept.Lost());

        assertThat(fencedOut()).isEqualTo(2);
        assertThat(DB.one(Long.class, "SELECT count(*) FROM run_steps")).isZero();
    }

    @Test
    void anOutputThatPostgreSqlRefusesIsSaidAndTheOthersAreKept() {
        var fences = claim(3);
        mark(fences.toArray(Fence[]::new));
        flush();
        wire.cut();
        var kept = List.of(
                keep(fences.get(0), "a", "1"), keep(fences.get(1), "a", "\"\\u0000\""), keep(fences.get(2), "a", "3"));

        wire.mend();

        assertThat(answer(kept.get(0))).isEqualTo(new Kept.Yes());
        assertThat(answer(kept.get(1)))
                .isInstanceOfSatisfying(
                        Kept.Refused.class, it -> assertThat(it.reason()).contains("unsupported Unicode"));
        assertThat(answer(kept.get(2))).isEqualTo(new Kept.Yes());
    }

    @Test
    void severalStepsOfARunAreKeptTogetherAndEachHasItsAnswer() {
        var fence = claim(1).getFirst();
        mark(fence);
        flush();
        wire.cut();
        var kept = List.of(keep(fence, "a", "1"), keep(fence, "b", "\"\\u0000\""), keep(fence, "c", "3"));

        wire.mend();

        assertThat(answer(kept.get(0))).isEqualTo(new Kept.Yes());
        assertThat(answer(kept.get(1))).isInstanceOf(Kept.Refused.class);
        assertThat(answer(kept.get(2))).isEqualTo(new Kept.Yes());
        assertThat(DB.one(String.class, "SELECT string_agg(step_id, ' ' ORDER BY step_id) FROM run_steps"))
                .isEqualTo("a c");

        DB.database().runs().rescue(node, 5);
        wire.cut();
        var lost = List.of(keep(fence, "d", "1"), keep(fence, "e", "2"));
        wire.mend();

        assertThat(lost.stream().map(this::answer)).containsOnly(new Kept.Lost());
        assertThat(reports(Settler.Lost.class, 1)).containsExactly(new Settler.Lost(List.of(fence)));
        assertThat(fencedOut()).isEqualTo(1);
        assertThat(DB.one(Long.class, "SELECT count(*) FROM run_steps")).isEqualTo(2);
    }

    @Test
    void aStepWhoseAcknowledgementWasLostIsKeptOnce() {
        var fence = claim(1).getFirst();
        mark(fence);
        flush();
        wire.loseAnswerTo("WITH step");

        assertThat(answer(keep(fence, "a", "{}"))).isEqualTo(new Kept.Yes());

        assertThat(wire.answersLost()).isEqualTo(1);
        assertThat(DB.one(Long.class, "SELECT count(*) FROM run_steps")).isEqualTo(1);
        assertThat(fencedOut()).isZero();
    }

    /** Or the next attempt would do again what is done. */
    @Test
    void aFinishedStepIsKeptBeforeItsRunIsHandedBackOrTriedAgainOrFails() {
        var fences = claim(3);
        mark(fences.toArray(Fence[]::new));
        flush();
        wire.cut();
        var kept = fences.stream().map(fence -> keep(fence, "a", "1")).toList();
        var refused = keep(fences.get(1), "b", "\"\\u0000\"");

        settler.tell(new Settler.HandBack(List.of(fences.get(0))));
        settle(fences.get(1), new Outcome.Retry("a sibling broke", Duration.ofHours(1)));
        settle(fences.get(2), new Outcome.Failed("for good"));
        wire.mend();
        flush();

        assertThat(kept.stream().map(this::answer)).containsOnly(new Kept.Yes());
        assertThat(answer(refused)).isInstanceOf(Kept.Refused.class);
        assertThat(fences.stream().map(this::status)).containsExactly("queued", "retry", "failed");
        assertThat(DB.one(Long.class, "SELECT count(*) FROM run_steps")).isEqualTo(3);
        assertThat(fencedOut()).isZero();
    }

    private CompletableFuture<Kept> keep(Fence fence, String step, @Nullable String outputJson) {
        var kept = new CompletableFuture<Kept>();
        settler.tell(new Settler.Keep(
                fence,
                step,
                "skill of " + step,
                outputJson,
                outputJson == null ? "why" : null,
                2,
                Duration.ofMillis(5),
                System.nanoTime(),
                kept));
        return kept;
    }

    private Kept answer(CompletableFuture<Kept> kept) {
        return kept.orTimeout(SOON.toSeconds(), TimeUnit.SECONDS).join();
    }

    // --- what skills say of their steps

    @Test
    void whatASkillSaidIsThereBeforeItsRunIsHandedBackOrTriedAgain() {
        var fences = claim(3);
        mark(fences.get(0));
        say(fences.get(0), "a", "{\"row\": 7}");
        settler.tell(new Settler.HandBack(List.of(fences.get(0))));
        say(fences.get(1), "a", "8");
        settle(fences.get(1), new Outcome.Retry("broke", Duration.ofHours(1)));
        say(fences.get(2), "a", "9");
        succeed(fences.get(2));
        flush();

        assertThat(status(fences.get(0))).isEqualTo("queued");
        assertThat(status(fences.get(1))).isEqualTo("retry");
        assertThat(detail(fences.get(0), "a")).contains("{\"row\": 7}");
        assertThat(detail(fences.get(1), "a")).contains("8");
        assertThat(detail(fences.get(2), "a")).isEmpty();
    }

    @Test
    void whatASkillSaidDuringAnOutageIsThereAfterItAndTheLastOfItOnly() {
        var fence = claim(1).getFirst();
        mark(fence);
        flush();
        wire.cut();
        for (int i = 1; i <= 5; i++) {
            say(fence, "a", "" + i);
        }
        settle(fence, new Outcome.Retry("broke", Duration.ofHours(1)));

        wire.mend();
        flush();

        assertThat(detail(fence, "a")).contains("5");
        assertThat(status(fence)).isEqualTo("retry");
    }

    @Test
    void whatIsSaidOfARunThatIsNoLongerOursIsNotWrittenAndNobodyMinds() {
        var fence = claim(1).getFirst();
        mark(fence);
        flush();
        DB.database().runs().rescue(node, 5);

        say(fence, "a", "1");
        flush();

        assertThat(detail(fence, "a")).isEmpty();
        assertThat(fencedOut()).isZero();
    }

    @Test
    void whatPostgreSqlRefusesIsDroppedAndSaidAndHoldsUpNobody() {
        var fences = claim(3);
        mark(fences.toArray(Fence[]::new));
        flush();
        wire.cut();
        say(fences.get(0), "a", "1");
        say(fences.get(1), "a", "\"\\u0000\"");
        say(fences.get(2), "a", "3");
        settle(fences.get(1), new Outcome.Failed("for good"));

        wire.mend();
        flush();

        assertThat(detail(fences.get(0), "a")).contains("1");
        assertThat(detail(fences.get(1), "a")).isEmpty();
        assertThat(detail(fences.get(2), "a")).contains("3");
        assertThat(status(fences.get(1))).isEqualTo("failed");
        assertThat(events("step_report_dropped")).isEqualTo(1);
    }

    private void say(Fence fence, String step, String detailJson) {
        settler.tell(new Settler.ReportSteps(List.of(StepReport.heartbeat(fence, step, detailJson))));
    }

    private Optional<String> detail(Fence fence, String step) {
        return DB.database().runs().heartbeatDetail(fence.runId(), step);
    }

    // --- runs that sleep

    @Test
    void aRunThatSleepsIsMarkedAndThenScheduledWithItsAttempt() {
        var fences = claim(2);

        settle(fences.get(0), new Outcome.Snoozed(Duration.ofHours(3), Set.of()));
        flush();

        assertThat(row(fences.get(0)))
                .containsEntry("status", "scheduled")
                .containsEntry("attempts", 0)
                .containsEntry("claim_id", null)
                .containsEntry("completed_at", null);
        assertThat(DB.one(
                        Boolean.class,
                        "SELECT next_attempt_at BETWEEN now() + interval '179 minutes' AND now() + interval '3 hours'"
                                + " FROM runs WHERE id = ?",
                        fences.get(0).runId()))
                .isTrue();
        assertThat(claims()).isEqualTo(1);
        // The claim no longer lists it: its node dies, and it is not charged.
        DB.database().runs().rescue(node, 5);
        assertThat(row(fences.get(0))).containsEntry("attempts", 0).containsEntry("status", "scheduled");
        assertThat(row(fences.get(1))).containsEntry("attempts", 1);
        assertThat(events("run_snoozed")).isEqualTo(1);
    }

    @Test
    void aRunOfWhichNothingWasExecutedSleepsWithItsAttemptAndMayYetExpire() {
        var fences = claim(2);
        DB.execute("UPDATE runs SET expires_at = now() + interval '1 hour'");

        fences.forEach(fence -> settle(fence, Outcome.Snoozed.notStarted(Duration.ofHours(3))));
        flush();

        assertThat(fences)
                .allSatisfy(fence -> assertThat(row(fence))
                        .containsEntry("status", "scheduled")
                        .containsEntry("attempts", 0)
                        .doesNotContainEntry("expires_at", null));
        assertThat(claims()).isZero();
        assertThat(events("run_snoozed")).isZero();
    }

    @Test
    void aRunSleepsUntilASignalUnlessOneCameSinceItLooked() {
        var fences = claim(2);
        fences.forEach(this::mark);
        flush();
        for (var fence : fences) {
            DB.execute("SELECT nova_signal(?, 'go')", fence.runId());
        }

        settle(fences.get(0), new Outcome.Snoozed(Duration.ofHours(3), Set.of("go"), 0));
        settle(fences.get(1), new Outcome.Snoozed(Duration.ofHours(3), Set.of("go"), 1));
        flush();

        assertThat(fences.stream().map(this::status)).containsExactly("queued", "scheduled");
        assertThat(DB.one(
                        String.class,
                        "SELECT waits_for[1] FROM runs WHERE id = ?",
                        fences.get(1).runId()))
                .isEqualTo("go");
        assertThat(fencedOut()).isZero();
    }

    /** Perhaps in the queue at once, and the poller is to hear of it; one that only sleeps never is. */
    @Test
    void thePoolHearsThatARunThatWaitsForASignalMayBeInTheQueue() {
        var fences = claim(2);
        mark(fences.toArray(Fence[]::new));
        reports(Settler.Marked.class, 1);
        DB.execute("SELECT nova_signal(?, 'go')", fences.get(0).runId());

        settle(fences.get(0), new Outcome.Snoozed(Duration.ofHours(3), Set.of("go"), 0));
        assertThat(reports(Settler.Freed.class, 1)).containsExactly(new Settler.Freed(List.of(fences.get(0)), true));
        settle(fences.get(1), new Outcome.Snoozed(Duration.ofHours(3), Set.of()));
        assertThat(reports(Settler.Freed.class, 1)).containsExactly(new Settler.Freed(List.of(fences.get(1)), false));

        assertThat(fences.stream().map(this::status)).containsExactly("queued", "scheduled");
    }

    @Test
    void thePoolHearsWhenTheFirstOfThemIsDue() {
        var fences = claim(4);

        settle(fences.get(0), new Outcome.Snoozed(Duration.ofHours(3), Set.of()));
        settle(fences.get(1), new Outcome.Retry("why", Duration.ofHours(2)));
        settle(fences.get(2), new Outcome.Retry("why", Duration.ofHours(4)));
        settle(fences.get(3), new Outcome.Succeeded("{}"));
        flush();

        var heard = new ArrayList<Duration>();
        pool.fishForMessage(SOON, report -> {
            if (report instanceof Settler.Due(var in)) {
                heard.add(in);
            }
            return heard.size() == 2 ? FishingOutcomes.complete() : FishingOutcomes.continueAndIgnore();
        });
        assertThat(heard)
                .hasSize(2)
                .anySatisfy(it -> assertThat(it).isBetween(Duration.ofMinutes(119), Duration.ofHours(2)))
                .anySatisfy(it -> assertThat(it).isBetween(Duration.ofMinutes(179), Duration.ofHours(3)));
    }

    @Test
    void aRunThatWasCancelledMeanwhileDoesNotSleep() {
        var fences = claim(2);
        mark(fences.get(0));
        flush();
        DB.execute("UPDATE runs SET status = 'cancelled'");

        fences.forEach(fence -> settle(fence, new Outcome.Snoozed(Duration.ofHours(3), Set.of())));
        flush();

        assertThat(fences.stream().map(this::status)).containsOnly("cancelled");
        assertThat(fencedOut()).isEqualTo(2);
        assertThat(claims()).isZero();
    }

    @Test
    void aRunThatSleepsAndWhoseAnswerWasLostIsNotCountedAsFencedOut() {
        var fence = claim(1).getFirst();
        mark(fence);
        flush();
        wire.loseAnswerTo("WITH held");

        settle(fence, new Outcome.Snoozed(Duration.ofHours(3), Set.of()));
        flush();

        assertThat(wire.answersLost()).isEqualTo(1);
        assertThat(status(fence)).isEqualTo("scheduled");
        assertThat(fencedOut()).isZero();
    }

    private long events(String name) {
        return List.copyOf(events.list).stream()
                .filter(event -> event.getMessage().equals(name))
                .count();
    }

    // --- hand-back

    @Test
    void whatWasNeverMarkedIsHandedBackByLettingItsClaimGo() {
        var fences = claim(2);

        settler.tell(new Settler.HandBack(fences));

        assertThat(pool.expectMessageClass(Settler.Freed.class, SOON).fences())
                .containsExactlyInAnyOrderElementsOf(fences);
        flush();
        assertThat(claims()).isZero();
        assertThat(fences)
                .allSatisfy(fence -> assertThat(row(fence))
                        .containsEntry("status", "queued")
                        .containsEntry("attempts", 0)
                        .containsEntry("claim_id", null));
    }

    @Test
    void aMarkedRunIsHandedBackWithItsAttempt() {
        var fence = claim(1).getFirst();
        mark(fence);
        flush();

        settler.tell(new Settler.HandBack(List.of(fence)));
        flush();

        assertHandedBack(fence);
    }

    @Test
    void aRunThatIsHandedBackWhileItsMarkIsWrittenGoesBackWithItsAttempt() throws Exception {
        var fence = claim(1).getFirst();
        lock(fence);
        mark(fence);
        awaitBlocked(1);

        settler.tell(new Settler.HandBack(List.of(fence)));
        unlock();
        flush();

        assertHandedBack(fence);
    }

    @Test
    void aRunWhoseMarkIsInDoubtIsHandedBackWhetherItWasWrittenOrNot() {
        for (var written : List.of(true, false)) {
            var fence = claim(1).getFirst();
            if (written) {
                wire.loseAnswerTo(MARK);
                mark(fence);
                await().atMost(SOON).until(() -> status(fence).equals("running"));
            } else {
                wire.cut();
                mark(fence);
            }
            settler.tell(new Settler.HandBack(List.of(fence)));
            wire.mend();
            flush();

            assertHandedBack(fence);
        }
    }

    @Test
    void aRunThatIsForgottenIsNotWritten() {
        var fence = claim(1).getFirst();

        settler.tell(new Settler.Forget(fence));
        flush();

        assertThat(row(fence)).containsEntry("status", "queued").containsEntry("attempts", 0);
        assertThat(claims()).isZero();
    }

    @Test
    void aClaimThatNeverArrivedIsReleasedAndOneThatDidIsNot() {
        var known = claim(1).getFirst();
        var unknown = claimUnheard(1).getFirst();

        settler.tell(new Settler.ReleaseUnknown(List.of(known.claimId(), unknown.claimId())));
        flush();

        assertThat(DB.rows("SELECT id FROM claims")).containsExactly(Map.of("id", known.claimId()));
        assertThat(pool.receiveMessage(SOON)).isEqualTo(new Settler.Freed(List.of(unknown), true));
    }

    @Test
    void whatIsHandedBackIsSaidToBeInTheQueueAgainOnceThatIsWritten() throws Exception {
        var fences = claim(2);
        mark(fences.getFirst());
        reports(Settler.Marked.class, 1);
        lock(fences.getFirst());

        settler.tell(new Settler.HandBack(fences));
        awaitBlocked(1);
        pool.expectNoMessage(A_MOMENT);
        unlock();

        assertThat(pool.receiveMessage(SOON)).isEqualTo(new Settler.Freed(fences, true));
    }

    @Test
    void aReleaseOfAClaimThatIsGoneFreesNothing() {
        settler.tell(new Settler.ReleaseUnknown(List.of(4711L)));
        flush();

        pool.expectNoMessage(A_MOMENT);
    }

    @Test
    void aClaimIsReleasedHoweverManyOutcomesWait() throws Exception {
        var fences = claim(3);
        var unknown = claimUnheard(1).getFirst();
        lock(fences.get(0));
        succeed(fences.get(0));
        awaitBlocked(1);
        lock(fences.get(2));
        succeed(fences.get(2));
        settler.tell(new Settler.ReleaseUnknown(List.of(unknown.claimId())));

        unlockFirst();

        assertThat(pool.receiveMessage(SOON)).isEqualTo(new Settler.Freed(fences.subList(0, 1), false));
        assertThat(pool.receiveMessage(SOON)).isEqualTo(new Settler.Freed(List.of(unknown), true));
        assertThat(status(fences.get(2))).isEqualTo("queued");
    }

    @Test
    void aClaimThatStillListsARunThatWasForgottenGoesWithTheLastOfTheOthers() {
        // Until then the poller takes that run for in flight: so it must not depend on anybody finding it.
        var fences = claim(2);

        settler.tell(new Settler.Forget(fences.get(0)));
        mark(fences.get(1));
        flush();

        assertThat(claims()).isZero();
    }

    @Test
    void aMarkThatWasGivenUpAndWrittenLateIsHandedBackAndOneThatIsHeldIsNot() {
        var held = claim(1).getFirst();
        mark(held);
        var late = claimUnheard(1).getFirst();
        DB.execute(
                "UPDATE runs SET status = 'running', attempts = 1, claimed_by = ?, claim_id = ? WHERE id = ?",
                node,
                late.claimId(),
                late.runId());

        settler.tell(new Settler.HandBackUnknown(
                List.of(new Fence(held.runId(), held.claimId(), 0), new Fence(late.runId(), late.claimId(), 0))));
        flush();

        assertThat(status(held)).isEqualTo("running");
        assertThat(row(late)).containsEntry("status", "queued").containsEntry("attempts", 0);
    }

    @Test
    void largeOutcomesCountBySizeToo() {
        var fences = claim(9);
        wire.cut();
        var large = "\"" + "x".repeat(8_000_000) + "\"";
        fences.forEach(fence -> settle(fence, new Outcome.Succeeded(large)));

        assertThat(pool.receiveMessage(SOON)).isEqualTo(new Settler.Room(false));

        wire.mend();
        flush();
        assertThat(fences.stream().map(this::status)).containsOnly("succeeded");
    }

    /** Somebody looks at a run by hand and leaves the transaction open. */
    @Test
    void aRunThatSomebodyHasLockedHoldsUpNoOther() throws Exception {
        var fences = claim(4);
        mark(fences.toArray(Fence[]::new));
        flush();
        lock(fences.get(0));
        lock(fences.get(1));

        settler.tell(new Settler.HandBack(List.of(fences.get(0), fences.get(2))));
        settle(fences.get(1), new Outcome.Snoozed(Duration.ofHours(3), Set.of()));
        settle(fences.get(3), new Outcome.Snoozed(Duration.ofHours(3), Set.of()));

        await().atMost(Duration.ofSeconds(40))
                .until(
                        () -> List.of(status(fences.get(2)), status(fences.get(3))),
                        List.of("queued", "scheduled")::equals);
        assertThat(status(fences.get(0))).isEqualTo("running");
        assertThat(events("outcomes_waiting")).isBetween(1L, 2L);
        // It was never written: what becomes of it is not taken for what was tried before.
        try (var statement = locks.get(1).createStatement()) {
            statement.execute("UPDATE runs SET status = 'cancelled' WHERE id = '"
                    + fences.get(1).runId() + "'");
        }
        locks.get(1).commit();
        unlock();
        flush();

        assertThat(fences.stream().map(this::status)).containsExactly("queued", "cancelled", "queued", "scheduled");
        assertThat(events("run_snoozed")).isEqualTo(1);
        assertThat(fencedOut()).isEqualTo(1);
    }

    // --- outages

    @Test
    void whatEndsDuringAnOutageIsSettledOnceAfterIt() {
        var fences = claim(3);
        mark(fences.get(2));
        flush();
        wire.cut();

        succeed(fences.get(0));
        settle(fences.get(1), new Outcome.Retry("not yet", Duration.ofSeconds(60)));
        succeed(fences.get(2));
        await().during(A_MOMENT).atMost(SOON).until(() -> status(fences.get(0)).equals("queued"));
        wire.mend();
        flush();

        assertThat(fences.stream().map(this::status)).containsExactly("succeeded", "retry", "succeeded");
        assertThat(fences).allSatisfy(fence -> assertThat(row(fence)).containsEntry("attempts", 1));
        assertThat(claims()).isZero();
    }

    @Test
    void aSettlementWhoseAnswerWasLostIsRecognisedAsWritten() {
        var fences = claim(3);
        wire.loseAnswerTo(SETTLE);

        settle(fences.get(0), new Outcome.Retry("not yet", Duration.ofSeconds(60)));
        succeed(fences.get(1));
        settle(fences.get(2), new Outcome.Failed("never"));
        flush();

        assertThat(wire.answersLost()).isEqualTo(1);
        assertThat(fences.stream().map(this::status)).containsExactly("retry", "succeeded", "failed");
        assertThat(fences).allSatisfy(fence -> assertThat(row(fence)).containsEntry("attempts", 1));
        assertThat(claims()).isZero();
        assertThat(fencedOut()).isZero();
    }

    @Test
    void aRetryWhoseAnswerWasLostIsRecognisedEvenWhenItIsQueuedAgain() {
        var fence = claim(1).getFirst();
        wire.loseAnswerTo(SETTLE);

        DB.execute("""
                CREATE FUNCTION promote_at_once() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN NEW.status := 'queued'; RETURN NEW; END $$""");
        DB.execute("""
                CREATE TRIGGER promote_at_once BEFORE UPDATE ON runs FOR EACH ROW WHEN (NEW.status = 'retry')
                EXECUTE FUNCTION promote_at_once()""");
        try {
            settle(fence, new Outcome.Retry("not yet", Duration.ZERO));
            flush();
        } finally {
            DB.execute("DROP TRIGGER promote_at_once ON runs");
            DB.execute("DROP FUNCTION promote_at_once");
        }

        assertThat(row(fence)).containsEntry("status", "queued").containsEntry("attempts", 1);
        assertThat(fencedOut()).isZero();
    }

    @Test
    void aMarkWhoseAnswerWasLostIsRecognisedAsWritten() {
        var fence = claim(1).getFirst();
        wire.loseAnswerTo(MARK);

        mark(fence);

        assertThat(pool.receiveMessage(SOON)).isEqualTo(new Settler.Marked(List.of(fence)));
        assertThat(wire.answersLost()).isEqualTo(1);
        assertThat(row(fence)).containsEntry("status", "running").containsEntry("attempts", 1);
        assertThat(fencedOut()).isZero();
        succeed(fence);
        expectFreed(fence);
        assertThat(row(fence)).containsEntry("status", "succeeded").containsEntry("attempts", 1);
    }

    @Test
    void aRunThatEndsWhileItsMarkIsInDoubtIsSettledWhetherItWasWrittenOrNot() {
        for (var written : List.of(true, false)) {
            var fence = claim(1).getFirst();
            if (written) {
                wire.loseAnswerTo(MARK);
                mark(fence);
                await().atMost(SOON).until(() -> status(fence).equals("running"));
            } else {
                wire.cut();
                mark(fence);
            }
            succeed(fence);
            wire.mend();
            flush();

            assertThat(row(fence)).containsEntry("status", "succeeded").containsEntry("attempts", 1);
            assertThat(fencedOut()).isZero();
            assertThat(claims()).isZero();
        }
    }

    @Test
    void aHandBackWhoseAnswerWasLostIsNotCountedAsFencedOut() {
        var fence = claim(1).getFirst();
        mark(fence);
        flush();
        wire.loseAnswerTo("WITH held");

        settler.tell(new Settler.HandBack(List.of(fence)));
        flush();

        assertThat(wire.answersLost()).isEqualTo(1);
        assertHandedBack(fence);
        assertThat(fencedOut()).isZero();
    }

    @Test
    void fullOfOutcomesItSaysSoAndWhenThereIsRoomAgain() {
        var fences = claim(CAPACITY + 2);
        wire.cut();

        fences.forEach(this::succeed);

        assertThat(pool.receiveMessage(SOON)).isEqualTo(new Settler.Room(false));
        pool.expectNoMessage(A_MOMENT);
        wire.mend();
        assertThat(reports(Settler.Room.class, 1)).containsExactly(new Settler.Room(true));
        flush();
        assertThat(fences.stream().map(this::status)).containsOnly("succeeded");
    }

    // --- values

    @Test
    void aValueThatPostgreSqlRefusesFailsItsOwnRunOnly() {
        var fences = claim(7);
        wire.cut();
        for (int i = 0; i < 7; i++) {
            settle(fences.get(i), new Outcome.Succeeded(i == 3 ? "{\"a\":\"\\u0000\"}" : "{}"));
        }

        wire.mend();
        flush();

        assertThat(fences.stream().map(this::status))
                .containsExactly(
                        "succeeded", "succeeded", "succeeded", "failed", "succeeded", "succeeded", "succeeded");
        assertThat(row(fences.get(3)))
                .hasEntrySatisfying(
                        "error_message",
                        it -> assertThat((String) it)
                                .startsWith(
                                        "the result cannot be stored as jsonb: ERROR: unsupported Unicode escape sequence"));
        assertThat(claims()).isZero();
    }

    @Test
    void halfACharacterIsNoReasonToRefuse() {
        var fences = claim(2);

        settle(fences.get(0), new Outcome.Succeeded("{\"a\":\"x\uD83D\"}"));
        settle(fences.get(1), new Outcome.Failed("x\uD83D"));
        flush();

        assertThat(fences.stream().map(this::status)).containsExactly("succeeded", "failed");
    }

    // --- how to say it

    private List<Fence> claim(int count) {
        var fences = claimUnheard(count);
        settler.tell(new Settler.Opened(fences.getFirst().claimId(), fences));
        return fences;
    }

    private List<Fence> claimUnheard(int count) {
        IntStream.range(0, count).forEach(_ -> DB.insertRun());
        var inFlight = new ArrayList<Fence>();
        DB.database().runs().inFlight().forEach(it -> inFlight.add(new Fence(it.runId(), it.claimId(), it.attempts())));
        var result = DB.database().runs().claim(epoch, node, count, Position.START, inFlight, 5);
        var claimed = (ClaimResult.Claimed) result;
        assertThat(claimed.runs()).hasSize(count);
        return claimed.runs().stream().map(run -> run.under(claimed.claimId())).toList();
    }

    private void mark(Fence... fences) {
        settler.tell(new Settler.MarkRunning(Arrays.stream(fences)
                .map(fence -> new Settler.Started(fence, System.nanoTime()))
                .toList()));
    }

    private void succeed(Fence fence) {
        settle(fence, new Outcome.Succeeded("{\"n\":1}"));
    }

    private void settle(Fence fence, Outcome outcome) {
        settler.tell(new Settler.Settle(
                List.of(new Ended(fence, "agent", outcome, Duration.ofMillis(5), System.nanoTime()))));
    }

    private void flush() {
        var flushed = KIT.<Done>createTestProbe();
        settler.tell(new Settler.Flush(flushed.getRef()));
        flushed.receiveMessage(SOON);
    }

    private void expectFreed(Fence... fences) {
        assertThat(pool.receiveMessage(SOON)).isEqualTo(new Settler.Freed(List.of(fences), false));
    }

    /** The next so many reports of a kind; others are passed over. */
    private <R> List<R> reports(Class<R> kind, int count) {
        return Stream.generate(() -> pool.receiveMessage(SOON))
                .filter(kind::isInstance)
                .map(kind::cast)
                .limit(count)
                .toList();
    }

    private void assertHandedBack(Fence fence) {
        assertThat(row(fence))
                .containsEntry("status", "queued")
                .containsEntry("attempts", 0)
                .containsEntry("claimed_by", null)
                .containsEntry("claim_id", null);
        assertThat(claims()).isZero();
        DB.empty("runs");
    }

    private Map<String, Object> row(Fence fence) {
        return DB.rows("SELECT * FROM runs WHERE id = ?", fence.runId()).getFirst();
    }

    private String status(Fence fence) {
        return (String) row(fence).get("status");
    }

    private long claims() {
        return DB.one(Long.class, "SELECT count(*) FROM claims");
    }

    private void lock(Fence fence) throws Exception {
        var connection = DB.connect();
        connection.setAutoCommit(false);
        try (var statement = connection.createStatement()) {
            statement.execute("SELECT 1 FROM runs WHERE id = '" + fence.runId() + "' FOR UPDATE");
        }
        locks.add(connection);
    }

    private void unlock() throws Exception {
        while (!locks.isEmpty()) {
            unlockFirst();
        }
    }

    private void unlockFirst() throws Exception {
        try (var connection = locks.removeFirst()) {
            connection.rollback();
        }
    }

    private static void awaitBlocked(int statements) {
        await().atMost(SOON)
                .until(() -> DB.one(
                                Long.class,
                                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                                        + " AND wait_event_type = 'Lock'")
                        == statements);
    }

    private long fencedOut() {
        return List.copyOf(events.list).stream()
                .filter(event -> Set.of("run_fenced", "run_cancelled").contains(event.getMessage()))
                .count();
    }
}

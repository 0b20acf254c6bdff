package com.agenticverz.nova.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.agenticverz.nova.cluster.Heartbeat;
import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.settle.RetryPolicy;
import com.agenticverz.nova.settle.Settler;
import com.agenticverz.nova.settle.Wire;
import com.agenticverz.nova.skill.SkillRegistry;
import com.agenticverz.nova.store.ClaimResult;
import com.agenticverz.nova.store.Database;
import com.agenticverz.nova.store.Held;
import com.agenticverz.nova.store.NodeControl;
import com.agenticverz.nova.store.Position;
import com.agenticverz.nova.store.TestDatabase;
import com.agenticverz.nova.telemetry.Metrics;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.ServiceLoader;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A claim too large for a message, with everything real around it: the table, the settler, the workers. */
@Timeout(60)
class LargeClaimTest {

    @RegisterExtension
    static final TestDatabase DB = TestDatabase.create();

    private static final ActorTestKit KIT = ActorTestKit.create();
    private static final Duration SOON = Duration.ofSeconds(15);
    private static final String LARGE_PLAN =
            "{\"steps\":[{\"skill\":\"noop\",\"params\":{\"note\":\"" + "x".repeat(500_000) + "\"}}]}";
    private static Metrics metrics;
    private static long epoch;

    private final UUID node = UUID.randomUUID();
    private final Wire wire = Wire.to(DB.url());
    private final Database database = Database.open(wire.url(), wire.url());
    private final TestProbe<Demand> poller = KIT.createTestProbe(Demand.class);
    private ActorRef<WorkerPool.Command> pool;

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
    void startPool() {
        DB.empty("runs, claims");
        var settings = new WorkerSettings(2, Duration.ofMinutes(1), Duration.ofMinutes(1));
        var skills = SkillRegistry.of(
                ServiceLoader.load(com.agenticverz.nova.skill.Skill.class).stream()
                        .map(ServiceLoader.Provider::get)
                        .toList(),
                Map.of());
        pool = KIT.spawn(WorkerPool.create(new WorkerPool.Parts(
                node,
                7,
                settings,
                new RetryPolicy(Duration.ZERO, Duration.ZERO),
                0,
                reports -> Settler.create(node, database, 100, reports, metrics, System::nanoTime),
                Workers.of(
                        skills,
                        new Workers.Reads(
                                _ -> CompletableFuture.completedFuture(List.of()),
                                (_, _, _) -> CompletableFuture.completedFuture(Optional.empty()),
                                (_, _) -> CompletableFuture.completedFuture(Optional.empty())),
                        node,
                        settings,
                        metrics,
                        System::nanoTime),
                poller.getRef()::tell,
                new WorkerPool.Reads(
                        claimId -> database.async(() -> database.runs().assigned(node, claimId, 5)),
                        fences -> database.async(() -> database.runs().noLongerHeld(fences))),
                metrics,
                System::nanoTime,
                new Random(1))));
        pool.tell(new WorkerPool.Steer(NodeControl.NONE));
    }

    @AfterEach
    void stopPool() {
        KIT.stop(pool);
        database.close();
        wire.close();
    }

    @Test
    void isReadAndExecuted() {
        var run = DB.insertRun(LARGE_PLAN);

        pool.tell(largeClaim());

        await().atMost(SOON).until(() -> status(run).equals("succeeded"));
        await().atMost(SOON).until(() -> claims() == 0);
    }

    @Test
    void isReadOnceTheDatabaseIsBack() {
        var run = DB.insertRun(LARGE_PLAN);
        var assign = largeClaim();
        wire.cut();
        pool.tell(assign);
        await().during(Duration.ofMillis(500))
                .atMost(SOON)
                .until(() -> status(run).equals("queued"));

        wire.mend();

        await().atMost(SOON).until(() -> status(run).equals("succeeded"));
    }

    @Test
    void isGivenBackByADrainThatComesWhileItCannotBeRead() {
        var run = DB.insertRun(LARGE_PLAN);
        var assign = largeClaim();
        var rest = KIT.<WorkerPool.Rest>createTestProbe();
        wire.cut();
        pool.tell(assign);

        pool.tell(new WorkerPool.HandBackRest(rest.getRef(), SOON));
        wire.mend();

        rest.expectMessage(SOON, new WorkerPool.Rest(1, true));
        assertThat(claims()).isZero();
        assertThat(status(run)).isEqualTo("queued");
        assertThat(DB.one(Integer.class, "SELECT attempts FROM runs")).isZero();
    }

    @Test
    void whoseMessageWasLostIsFreedAndThePollerIsToldToLook() {
        DB.insertRun(LARGE_PLAN);
        var claimed = claim();
        var fence = claimed.runs().getFirst().under(claimed.claimId());

        pool.tell(new WorkerPool.Beat(
                new Heartbeat.Holdings(
                        System.nanoTime(), List.of(Held.listed(fence.claimId(), fence.runId(), Duration.ofSeconds(1)))),
                true));

        var said = await().atMost(SOON)
                .until(poller::receiveMessage, demand -> !demand.freed().isEmpty());
        assertThat(said.freed()).containsExactly(fence);
        assertThat(said.requeued()).isTrue();
        assertThat(said.lastClaimId()).isEqualTo(fence.claimId());
        assertThat(claims()).isZero();
    }

    private Assign largeClaim() {
        var claimed = claim();
        var assign = Assign.of(claimed.claimId(), claimed.runs(), 1);
        assertThat(assign.unread()).isOne();
        return assign;
    }

    private ClaimResult.Claimed claim() {
        return (ClaimResult.Claimed) DB.database().runs().claim(epoch, node, 8, Position.START, List.<Fence>of(), 5);
    }

    private static String status(UUID run) {
        return DB.one(String.class, "SELECT status FROM runs WHERE id = ?", run);
    }

    private static long claims() {
        return DB.one(Long.class, "SELECT count(*) FROM claims");
    }
}

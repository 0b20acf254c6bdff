package com.agenticverz.nova.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.settle.RetryPolicy;
import com.agenticverz.nova.settle.Settler;
import com.agenticverz.nova.skill.SkillRegistry;
import com.agenticverz.nova.store.ClaimResult;
import com.agenticverz.nova.store.NodeControl;
import com.agenticverz.nova.store.Position;
import com.agenticverz.nova.store.TestDatabase;
import com.agenticverz.nova.telemetry.Metrics;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.ServiceLoader;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A worker that breaks, with everything real around it: the table, the settler, the pool. */
class BrokenWorkerTest {

    @RegisterExtension
    static final TestDatabase DB = TestDatabase.create();

    private static final ActorTestKit KIT = ActorTestKit.create();
    private static final Duration SOON = Duration.ofSeconds(15);
    private static final int CONCURRENCY = 3;

    private final UUID node = UUID.randomUUID();
    private final Metrics metrics = Metrics.start();
    private final TestProbe<Demand> poller = KIT.createTestProbe(Demand.class);
    private final AtomicBoolean broken = new AtomicBoolean(true);
    private final AtomicInteger starts = new AtomicInteger();

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
    }

    @Test
    void isRestartedItsRunIsRetriedAndThePoolKeepsItsSize() {
        long epoch = DB.database()
                .leases()
                .acquire("poller", "test", Duration.ofHours(1))
                .orElseThrow();
        var run = DB.insertRun();
        var pool = KIT.spawn(pool());
        pool.tell(new WorkerPool.Steer(NodeControl.NONE));
        await().atMost(SOON).until(() -> poller.receiveMessage().room() == CONCURRENCY);

        assign(pool, epoch);

        await().atMost(SOON).until(() -> status(run).equals("retry"));
        assertThat(DB.one(String.class, "SELECT error_message FROM runs WHERE id = ?", run))
                .contains("the worker of this run broke", "no thread for you");
        assertThat(DB.one(Integer.class, "SELECT attempts FROM runs WHERE id = ?", run))
                .isOne();
        await().atMost(SOON).until(() -> poller.receiveMessage().room() == CONCURRENCY);
        await().atMost(SOON).until(() -> poolSize() == CONCURRENCY);

        broken.set(false);
        DB.database().runs().promote(10, OffsetDateTime.MIN);
        // As many as there are workers, so that the one that broke has to take its share.
        DB.insertRun();
        DB.insertRun();
        assign(pool, epoch);

        await().atMost(SOON)
                .until(() -> DB.one(Long.class, "SELECT count(*) FROM runs WHERE status = 'succeeded'") == CONCURRENCY);
        assertThat(DB.one(Integer.class, "SELECT attempts FROM runs WHERE id = ?", run))
                .isEqualTo(2);
        assertThat(starts).hasValue(1 + CONCURRENCY);
        await().atMost(SOON).until(() -> DB.one(Long.class, "SELECT count(*) FROM claims") == 0);
        KIT.stop(pool);
    }

    private Behavior<WorkerPool.Command> pool() {
        var settings = new WorkerSettings(CONCURRENCY, Duration.ofMinutes(1), Duration.ofMinutes(1));
        var skills = SkillRegistry.of(
                ServiceLoader.load(com.agenticverz.nova.skill.Skill.class).stream()
                        .map(ServiceLoader.Provider::get)
                        .toList(),
                Map.of());
        var abandoned = new Abandoned(CONCURRENCY, metrics);
        return WorkerPool.create(new WorkerPool.Parts(
                node,
                7,
                settings,
                new RetryPolicy(Duration.ZERO, Duration.ZERO),
                0,
                reports -> Settler.create(node, DB.database(), 100, reports, metrics, System::nanoTime),
                new Workers(
                        self -> () -> Worker.create(
                                self,
                                new Worker.Parts(
                                        node,
                                        settings,
                                        (run, _) -> new PlanExecution(
                                                skills,
                                                TestTries.of(metrics),
                                                System::nanoTime,
                                                run,
                                                TestCheckpoints::new,
                                                new TestSignals(),
                                                new TestReports()),
                                        this::start,
                                        abandoned,
                                        metrics,
                                        System::nanoTime)),
                        new StepReports(),
                        abandoned),
                poller.getRef()::tell,
                new WorkerPool.Reads(
                        claimId ->
                                DB.database().async(() -> DB.database().runs().assigned(node, claimId, 5)),
                        fences -> DB.database().async(() -> DB.database().runs().noLongerHeld(fences))),
                metrics,
                System::nanoTime,
                new Random(1)));
    }

    private Thread start(String name, Runnable plan) {
        starts.incrementAndGet();
        if (broken.get()) {
            throw new IllegalStateException("no thread for you");
        }
        return Worker.PlanThreads.VIRTUAL.start(name, plan);
    }

    private void assign(ActorRef<WorkerPool.Command> pool, long epoch) {
        var claimed = (ClaimResult.Claimed)
                DB.database().runs().claim(epoch, node, CONCURRENCY, Position.START, List.<Fence>of(), 5);
        pool.tell(Assign.of(claimed.claimId(), claimed.runs(), 1));
    }

    private static String status(UUID run) {
        return DB.one(String.class, "SELECT status FROM runs WHERE id = ?", run);
    }

    private long poolSize() {
        var line = Pattern.compile("(?m)^nova_worker_pool_size(?:\\{[^}]*})? ([0-9.]+)$");
        return await().atMost(SOON)
                .until(
                        () -> line.matcher(metrics.scrape())
                                .results()
                                .map(found -> Double.valueOf(found.group(1)).longValue())
                                .findFirst()
                                .orElse(-1L),
                        size -> size >= 0);
    }
}

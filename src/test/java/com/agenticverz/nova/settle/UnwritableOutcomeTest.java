package com.agenticverz.nova.settle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.agenticverz.nova.cluster.TestSystems;
import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.run.Outcome;
import com.agenticverz.nova.store.ClaimResult;
import com.agenticverz.nova.store.Position;
import com.agenticverz.nova.store.TestDatabase;
import com.agenticverz.nova.telemetry.Metrics;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The settler on a real database, with rows that the database will not take. */
class UnwritableOutcomeTest {

    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.create();

    private static final ActorTestKit KIT = ActorTestKit.create("unwritable-test", TestSystems.local());
    private static final Metrics METRICS = Metrics.start();
    private static final UUID NODE = new UUID(0, 0xa);

    private ActorRef<Settler.Command> settler;

    @BeforeEach
    void startSettler() {
        DATABASE.execute("DROP TRIGGER IF EXISTS poison ON runs");
        DATABASE.execute("DELETE FROM runs; DELETE FROM claims; DELETE FROM leases");
        settler = KIT.spawn(Settler.create(
                NODE,
                DATABASE.database(),
                100_000,
                KIT.<Settler.Report>createTestProbe().getRef(),
                METRICS,
                System::nanoTime));
    }

    @AfterEach
    void stopSettler() {
        KIT.stop(settler);
    }

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
        METRICS.close();
    }

    @Test
    void anOutcomeThatTheDatabaseNeverTakesDoesNotHoldUpTheOthers() {
        poison("RAISE EXCEPTION 'not with me' USING ERRCODE = '23514'");
        settleThreeAndExpectTwo();
    }

    @Test
    void norDoesOneWhoseRefusalLooksLikeSomethingElse() {
        poison("RAISE EXCEPTION 'not with me'");
        settleThreeAndExpectTwo();
    }

    private static void poison(String statement) {
        DATABASE.execute("CREATE OR REPLACE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN " + statement
                + "; END $$");
        DATABASE.execute("CREATE TRIGGER poison BEFORE UPDATE ON runs FOR EACH ROW WHEN (NEW.goal = 'poison')"
                + " EXECUTE FUNCTION poison()");
    }

    private void settleThreeAndExpectTwo() {
        var ids = List.of(DATABASE.insertRun(), DATABASE.insertRun(), DATABASE.insertRun());
        DATABASE.execute("UPDATE runs SET created_at = created_at - interval '1 hour' WHERE id = ?", ids.getFirst());
        DATABASE.execute("ALTER TABLE runs DISABLE TRIGGER poison");
        DATABASE.execute("UPDATE runs SET goal = 'poison' WHERE id = ?", ids.getFirst());
        DATABASE.execute("ALTER TABLE runs ENABLE TRIGGER poison");
        var fences = claim();
        settler.tell(new Settler.Opened(fences.getFirst().claimId(), fences));
        for (var fence : fences) {
            settler.tell(new Settler.Settle(List.of(
                    new Ended(fence, "agent", new Outcome.Succeeded("{}"), Duration.ofMillis(1), System.nanoTime()))));
        }
        await().atMost(Duration.ofSeconds(25))
                .untilAsserted(() -> assertThat(
                                DATABASE.one(Long.class, "SELECT count(*) FROM runs WHERE status = 'succeeded'"))
                        .isEqualTo(2));
    }

    private static List<Fence> claim() {
        long epoch = DATABASE.database()
                .leases()
                .acquire("poller", "test", Duration.ofHours(1))
                .orElseThrow();
        var claimed =
                (ClaimResult.Claimed) DATABASE.database().runs().claim(epoch, NODE, 10, Position.START, List.of(), 3);
        return claimed.runs().stream().map(run -> run.under(claimed.claimId())).toList();
    }
}

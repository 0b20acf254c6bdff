package com.agenticverz.nova.execute;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.cluster.Heartbeat.Holdings;
import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.run.Run;
import com.agenticverz.nova.run.TestRuns;
import com.agenticverz.nova.store.Held;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.junit.jupiter.api.Test;

/** The cases that are hard to bring about in a pool; the others are in WorkerPoolTest. */
class AuditTest {

    private static final Duration YOUNG = Audit.LONGEST_WAY;
    private static final Duration OLD = Audit.LONGEST_WAY.plusMillis(1);

    private final TestInbox<Worker.Command> worker = TestInbox.create();
    private final Workload workload = new Workload();
    private final Arrivals arrivals = new Arrivals();
    private final Audit audit = new Audit();
    private final Run run = TestRuns.run();

    @Test
    void nothingHeldAndNothingListedIsInOrder() {
        assertInOrder(compare(10));
    }

    @Test
    void anOldClaimThatCameAndWhoseRunsHaveEndedIsNotLost() {
        // Its outcomes wait for the settler; with age alone each heartbeat of a busy node would close its own claims.
        arrivals.arrived(7);

        assertInOrder(compare(10, Held.listed(7, run.id(), OLD)));
    }

    @Test
    void butTheSettlerIsAskedAtTheSecondHeartbeat() {
        arrivals.arrived(7);

        compare(10, Held.listed(7, run.id(), OLD));

        assertThat(compare(20, Held.listed(7, run.id(), OLD)).neverArrived()).containsExactly(7L);
    }

    @Test
    void aClaimOfWhichOneRunIsHereIsHere() {
        arrivals.arrived(7);
        workload.add(run, run.under(7), 1);
        var ended = TestRuns.run();

        for (int i = 1; i <= 3; i++) {
            assertInOrder(compare(10 * i, Held.listed(7, run.id(), OLD), Held.listed(7, ended.id(), OLD)));
        }
    }

    @Test
    void theSameRunUnderAnotherClaimDoesNotMakeThatClaimKnown() {
        execute(7, 1);

        assertThat(compare(10, Held.listed(7, run.id(), OLD), Held.listed(8, run.id(), OLD))
                        .neverArrived())
                .containsExactly(8L);
    }

    @Test
    void aClaimThatIsBeingReadIsHere() {
        arrivals.arrived(7);
        arrivals.reads(new Assign(7, List.of(), 0, 1));

        assertInOrder(compare(10, Held.listed(7, run.id(), OLD)));
        assertInOrder(compare(20, Held.listed(7, run.id(), OLD)));
    }

    @Test
    void aClaimThatComesBetweenTwoHeartbeatsIsHere() {
        compare(10, Held.listed(7, run.id(), YOUNG));
        execute(7, 15);

        assertInOrder(compare(20, Held.listed(7, run.id(), OLD)));
    }

    @Test
    void aClaimOfTheFutureIsReleasedAtTheSecondHeartbeat() {
        // The clock of the database was put back.
        var future = Held.listed(7, run.id(), Duration.ofHours(-1));

        assertInOrder(compare(10, future));
        assertThat(compare(20, future).neverArrived()).containsExactly(7L);
    }

    @Test
    void aRunIsLostOnce() {
        execute(7, 1);

        var lost = compare(10).lost();
        assertThat(lost).extracting(it -> it.fence).containsExactly(run.under(7));
        lost.forEach(Workload.Active::lost);

        assertInOrder(compare(20));
    }

    @Test
    void aMarkOnItsWayIsNotJudgedAndOneThatIsWrittenIs() {
        execute(7, 1);
        assertThat(workload.toMark(1, 2)).hasSize(1);
        assertInOrder(compare(10));

        Objects.requireNonNull(workload.active(run.under(7))).marked(15);

        assertInOrder(compare(15));
        assertInOrder(compare(20, Held.marked(7, run.id())));
        assertThat(compare(30, Held.listed(7, run.id(), YOUNG)).lost()).hasSize(1);
    }

    @Test
    void whatWaitsAndIsListedNoLongerIsLost() {
        workload.add(run, run.under(7), 10);

        assertInOrder(compare(10));
        assertThat(compare(11).lostWaiting()).containsExactly(run.under(7));
    }

    @Test
    void anOrphanIsHandedBackAtTheSecondHeartbeatInARow() {
        var orphan = Held.marked(7, run.id());

        assertInOrder(compare(10, orphan));
        assertInOrder(compare(20));
        assertInOrder(compare(30, orphan));
        assertThat(compare(40, orphan).orphaned()).containsExactly(new Fence(run.id(), 7, 0));
    }

    @Test
    void aHeartbeatThatDidNotLookForMarkedRunsFindsNoOrphanAndForgetsNone() {
        var orphan = Held.marked(7, run.id());
        assertInOrder(compare(10, orphan));

        assertInOrder(audit.compare(new Holdings(20, List.of(), false), workload, arrivals));

        assertThat(compare(30, orphan).orphaned()).containsExactly(new Fence(run.id(), 7, 0));
    }

    private void execute(long claimId, long sinceNanos) {
        arrivals.arrived(claimId);
        workload.add(run, run.under(claimId), sinceNanos);
        Objects.requireNonNull(workload.begin(1, worker.getRef(), sinceNanos)).begin(sinceNanos);
    }

    private Audit.Findings compare(long readNanos, Held... held) {
        return audit.compare(new Holdings(readNanos, List.of(held)), workload, arrivals);
    }

    private static void assertInOrder(Audit.Findings findings) {
        assertThat(findings).isEqualTo(new Audit.Findings(List.of(), List.of(), List.of(), List.of()));
    }
}

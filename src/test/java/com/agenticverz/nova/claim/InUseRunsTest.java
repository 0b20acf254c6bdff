package com.agenticverz.nova.claim;

import static com.agenticverz.nova.claim.QueuedRuns.again;
import static com.agenticverz.nova.claim.QueuedRuns.fence;
import static com.agenticverz.nova.claim.QueuedRuns.listed;
import static com.agenticverz.nova.claim.QueuedRuns.run;
import static com.agenticverz.nova.claim.QueuedRuns.runWithKey;
import static com.agenticverz.nova.claim.QueuedRuns.withoutSkills;
import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.store.InUse;
import com.agenticverz.nova.store.Limit.Kind;
import com.agenticverz.nova.store.Queued;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class InUseRunsTest {

    private static final LimitRules NO_RULES = new LimitRules(Set.of());

    private final InUseRuns inUse = new InUseRuns();

    private void reserve(Queued run) {
        inUse.reserve(run, new InUseRuns.Reservation(Subject.of(run), NO_RULES, 0));
    }

    private void claim(Queued run, long claimId) {
        reserve(run);
        inUse.claimed(run, claimId);
    }

    private void correct(InUse... listed) {
        inUse.reading();
        inUse.correct(Arrays.asList(listed), true);
    }

    private int agent(String name) {
        return inUse.of(new Subject(Kind.AGENT, name));
    }

    private int skill(String name) {
        return inUse.of(new Subject(Kind.SKILL, name));
    }

    private int key(String name) {
        return inUse.of(new Subject(Kind.KEY, name));
    }

    /** Whatever happened: when nothing is listed any more, nothing is left. */
    @AfterEach
    void nothingIsLeftInTheEnd() {
        correct();
        correct();
        if (inUse.size() == 0) {
            assertThat(inUse.subjects()).isZero();
        }
    }

    @Test
    void countsForItsAgentEachSkillOnceAndItsKey() {
        claim(runWithKey("k", "a", "http", "sql", "http"), 1);
        claim(run("a", "http"), 1);

        assertThat(agent("a")).isEqualTo(2);
        assertThat(skill("http")).isEqualTo(2);
        assertThat(skill("sql")).isEqualTo(1);
        assertThat(key("k")).isEqualTo(1);
        assertThat(key("a")).isZero();
        assertThat(inUse.size()).isEqualTo(2);
    }

    @Test
    void countsFromItsReservationUntilItIsOver() {
        var run = run("a");
        reserve(run);
        assertThat(agent("a")).isEqualTo(1);
        assertThat(inUse.contains(run.id())).isTrue();

        inUse.claimed(run, 7);
        assertThat(agent("a")).isEqualTo(1);

        inUse.over(List.of(fence(run, 7)));
        assertThat(agent("a")).isZero();
        assertThat(inUse.contains(run.id())).isFalse();
        assertThat(inUse.subjects()).isZero();
    }

    @Test
    void whatIsGivenBackIsNoLongerInUse() {
        var run = run("a");
        reserve(run);

        assertThat(inUse.giveBack(run)).isNotNull();
        assertThat(inUse.giveBack(run)).isNull();
        assertThat(inUse.size()).isZero();
    }

    @Test
    void whatIsClaimedIsNotGivenBack() {
        var run = run("a");
        claim(run, 7);

        assertThat(inUse.giveBack(run)).isNull();
        assertThat(agent("a")).isEqualTo(1);
    }

    @Test
    void whatIsSaidTwiceCountsOnce() {
        var run = run("a");
        reserve(run);
        reserve(run);
        inUse.claimed(run, 7);
        inUse.claimed(run, 7);
        assertThat(agent("a")).isEqualTo(1);

        inUse.over(List.of(fence(run, 7), fence(run, 7)));
        inUse.over(List.of(fence(run, 7)));
        assertThat(agent("a")).isZero();
        assertThat(inUse.size()).isZero();
    }

    @Test
    void whatIsUnknownMeansNothing() {
        var run = run("a");
        claim(run, 7);

        inUse.over(List.of(fence(run, 6), fence(run("a"), 7)));
        inUse.rescued(List.of(run("a").id()));
        inUse.giveBack(run("a"));

        assertThat(agent("a")).isEqualTo(1);
    }

    @Test
    void aRunUnderTwoClaimsCountsForEachUntilThatIsOver() {
        var run = run("a");
        claim(run, 7);
        claim(again(run, 1), 8);
        assertThat(agent("a")).isEqualTo(2);

        inUse.over(List.of(fence(run, 7)));
        assertThat(agent("a")).isEqualTo(1);
        assertThat(inUse.contains(run.id())).isTrue();

        inUse.over(List.of(fence(again(run, 1), 8)));
        assertThat(inUse.size()).isZero();
    }

    @Test
    void theEndOfAnOldClaimLeavesTheReservationForANewOne() {
        var run = run("a");
        claim(run, 7);
        reserve(run);

        inUse.rescued(List.of(run.id()));

        assertThat(agent("a")).isEqualTo(1);
        assertThat(inUse.giveBack(run)).isNotNull();
        assertThat(inUse.size()).isZero();
    }

    @Test
    void whatIsRescuedIsOverWhateverClaimItWasUnder() {
        var run = run("a");
        claim(run, 7);
        claim(run, 8);

        inUse.rescued(List.of(run.id()));

        assertThat(inUse.size()).isZero();
    }

    // --- corrections

    @Test
    void whatIsListedAndUnknownIsInUseFromNowOn() {
        var run = runWithKey("k", "a", "http");
        correct(listed(run, 7));
        assertThat(agent("a") + skill("http") + key("k")).isEqualTo(3);

        correct(listed(run, 7));
        assertThat(agent("a")).isEqualTo(1);

        inUse.over(List.of(fence(run, 7)));
        assertThat(inUse.size()).isZero();
    }

    @Test
    void whatIsNotListedIsDroppedAtTheSecondCorrectionInARow() {
        var run = run("a");
        claim(run, 7);
        correct();
        correct(listed(run, 7));
        correct();
        assertThat(agent("a")).isEqualTo(1);

        correct();
        assertThat(agent("a")).isZero();
    }

    @Test
    void whatIsClaimedWhileItIsReadNeedNotBeListed() {
        var run = run("a");
        reserve(run);
        inUse.reading();
        inUse.claimed(run, 7);
        inUse.correct(List.of(), true);
        correct();
        assertThat(agent("a")).isEqualTo(1);

        correct();
        assertThat(agent("a")).isZero();
    }

    @Test
    void whatIsOverWhileItIsReadDoesNotComeBack() {
        var known = run("a");
        var unknown = run("a");
        var rescued = run("a");
        claim(known, 7);
        inUse.reading();
        inUse.over(List.of(fence(known, 7), fence(unknown, 7)));
        inUse.rescued(List.of(rescued.id()));

        inUse.correct(List.of(listed(known, 7), listed(unknown, 7), listed(rescued, 7)), true);

        assertThat(inUse.size()).isZero();
    }

    @Test
    void whatWasOverBeforeItIsReadIsListedOnlyIfItIsBack() {
        var run = run("a");
        claim(run, 7);
        inUse.reading();
        inUse.over(List.of(fence(run, 7)));
        // The reading failed, and is begun again.
        inUse.reading();

        inUse.correct(List.of(listed(run, 7)), true);

        assertThat(agent("a")).isEqualTo(1);
    }

    @Test
    void aReservationIsLeftAlone() {
        var run = run("a");
        reserve(run);

        correct();
        correct();
        correct();

        assertThat(agent("a")).isEqualTo(1);
        assertThat(inUse.giveBack(run)).isNotNull();
    }

    @Test
    void aReservationThatIsListedIsClaimedWhateverBecomesOfTheAnswer() {
        var answered = run("a");
        var failed = run("b");
        reserve(answered);
        reserve(failed);
        correct(listed(answered, 7), listed(failed, 8));
        inUse.claimed(answered, 7);
        assertThat(inUse.giveBack(failed)).isNull();

        assertThat(agent("a")).isEqualTo(1);
        assertThat(agent("b")).isEqualTo(1);
        inUse.over(List.of(fence(answered, 7), fence(failed, 8)));
        assertThat(inUse.size()).isZero();
    }

    @Test
    void skillsThatWereNotAskedForBeforeAreCounted() {
        var run = run("a", "http");
        claim(withoutSkills(run), 7);
        assertThat(skill("http")).isZero();

        correct(listed(run, 7));
        assertThat(skill("http")).isEqualTo(1);

        correct(listed(withoutSkills(run), 7));
        assertThat(skill("http")).isEqualTo(1);

        inUse.over(List.of(fence(run, 7)));
        assertThat(inUse.subjects()).isZero();
    }

    @Test
    void aKeyThatWasChangedByHandIsCounted() {
        var run = runWithKey("old", "a");
        claim(run, 7);

        correct(new InUse(fence(run, 7), "a", "new", List.of()));

        assertThat(key("old")).isZero();
        assertThat(key("new")).isEqualTo(1);
    }

    @Test
    void attemptsThatWereChangedByHandMakeNoOtherRunOfIt() {
        var run = run("a");
        claim(run, 7);

        correct(listed(again(run, -1), 7));

        assertThat(agent("a")).isEqualTo(1);
    }

    /** What is marked was not looked for. */
    @Test
    void whereNotAllWasReadWhatIsMissingStaysAndWhatIsListedIsAdded() {
        var known = run("a");
        var unknown = run("a");
        claim(known, 7);

        for (int i = 0; i < 3; i++) {
            inUse.reading();
            inUse.correct(List.of(listed(unknown, 8)), false);
        }

        assertThat(agent("a")).isEqualTo(2);
        correct();
        assertThat(agent("a")).as("missing once").isEqualTo(2);
        correct();
        assertThat(agent("a")).isZero();
    }

    @Test
    void whatWasMarkedByHandCountsWithoutAClaim() {
        var run = run("a");
        correct(listed(run, 0));
        assertThat(agent("a")).isEqualTo(1);

        correct();
        correct();
        assertThat(agent("a")).isZero();
    }
}

package com.agenticverz.nova.claim;

import static com.agenticverz.nova.claim.QueuedRuns.again;
import static com.agenticverz.nova.claim.QueuedRuns.fence;
import static com.agenticverz.nova.claim.QueuedRuns.listed;
import static com.agenticverz.nova.claim.QueuedRuns.run;
import static com.agenticverz.nova.claim.QueuedRuns.runWithKey;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.agenticverz.nova.store.Bucket;
import com.agenticverz.nova.store.Limit;
import com.agenticverz.nova.store.Limit.Kind;
import com.agenticverz.nova.store.Policy;
import com.agenticverz.nova.store.QueueWait;
import com.agenticverz.nova.store.QueueWait.Reason;
import com.agenticverz.nova.store.Queued;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LimitsTest {

    private static final long SECOND = 1_000_000_000;

    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - SECOND);
    private final Limits limits = new Limits(nanos::get);
    private long claims;

    private static Limit running(Kind kind, String pattern, int maxRunning) {
        return new Limit(kind, pattern, maxRunning, null, null, null, null);
    }

    private static Limit starts(Kind kind, String pattern, int maxStarts, double perSeconds, int burst) {
        return new Limit(kind, pattern, null, maxStarts, perSeconds, burst, null);
    }

    private static Policy policy(Limit... limits) {
        return policy(List.of(), limits);
    }

    private static Policy policy(List<Bucket> buckets, Limit... limits) {
        return new Policy(List.of(limits), false, Set.of(), Set.of(), Map.of(), Set.of(), buckets);
    }

    private static Policy paused(boolean all, Set<String> agents, Set<String> skills) {
        return new Policy(List.of(), all, agents, skills, Map.of(), Set.of(), List.of());
    }

    private static QueueWait wait(Reason reason, String name) {
        return new QueueWait(reason, name);
    }

    private @Nullable QueueWait start(Queued run) {
        var wait = limits.waits(run);
        if (wait == null) {
            limits.reserve(run);
            limits.claimed(run, ++claims);
        }
        return wait;
    }

    private int startAll(Queued like) {
        int started = 0;
        while (start(runWithKey(
                        like.concurrencyKey(), like.agentId(), like.skills().toArray(String[]::new)))
                == null) {
            assertThat(++started).as("starts at once").isLessThan(1_000);
        }
        return started;
    }

    // --- nothing

    @Test
    void withoutAPolicyNothingIsBound() {
        assertThat(limits.bindAnything()).isFalse();
        assertThat(limits.needSkills()).isFalse();
        assertThat(limits.weight("a")).isEqualTo(1);
        assertThat(limits.waits("a")).isNull();
        assertThat(start(runWithKey("k", "a", "http"))).isNull();
        assertThat(limits.inUse()).isEqualTo(1);
        assertThat(limits.spent(List.of(run("a")))).isEmpty();
        assertThat(limits.opensInNanos()).isEmpty();

        limits.apply(Policy.NONE);
        assertThat(limits.bindAnything()).isFalse();
    }

    @Test
    void whatBindsAndWhetherSkillsMatter() {
        limits.apply(policy(running(Kind.AGENT, "*", 3)));
        assertThat(limits.bindAnything()).isTrue();
        assertThat(limits.needSkills()).isFalse();

        limits.apply(policy(starts(Kind.SKILL, "http*", 3, 1, 1)));
        assertThat(limits.bindAnything()).isTrue();
        assertThat(limits.needSkills()).isTrue();

        limits.apply(policy(new Limit(Kind.SKILL, "http", null, null, null, null, null)));
        assertThat(limits.bindAnything()).isFalse();
        assertThat(limits.needSkills()).isFalse();

        limits.apply(paused(true, Set.of(), Set.of()));
        assertThat(limits.bindAnything()).isTrue();
        assertThat(limits.needSkills()).isFalse();

        limits.apply(paused(false, Set.of(), Set.of("http")));
        assertThat(limits.bindAnything()).isTrue();
        assertThat(limits.needSkills()).isTrue();
    }

    @Test
    void theWeightIsOfTheMostSpecificRow() {
        limits.apply(policy(
                new Limit(Kind.AGENT, "*", null, null, null, null, 0.5),
                new Limit(Kind.AGENT, "big-*", 1, null, null, null, 4.0),
                new Limit(Kind.AGENT, "big-one", 1, null, null, null, null)));

        assertThat(limits.weight("any")).isEqualTo(0.5);
        assertThat(limits.weight("big-two")).isEqualTo(4);
        assertThat(limits.weight("big-one")).isEqualTo(1);
    }

    // --- pauses

    @Test
    void whatIsPausedWaitsUntilItIsResumed() {
        limits.apply(paused(true, Set.of("a"), Set.of("http")));
        assertThat(limits.waits("b")).isEqualTo(wait(Reason.PAUSED, ""));
        assertThat(limits.isOver(wait(Reason.PAUSED, ""))).isFalse();

        limits.apply(paused(false, Set.of("a"), Set.of("http")));
        assertThat(limits.isOver(wait(Reason.PAUSED, ""))).isTrue();
        assertThat(limits.waits("a")).isEqualTo(wait(Reason.PAUSED, "a"));
        assertThat(limits.waits("b")).isNull();
        assertThat(limits.waits(run("b", "sql", "http"))).isEqualTo(wait(Reason.PAUSED, "http"));
        assertThat(limits.waits(run("b", "sql"))).isNull();
        assertThat(limits.isOver(wait(Reason.PAUSED, "a"))).isFalse();
        assertThat(limits.isOver(wait(Reason.PAUSED, "http"))).isFalse();

        limits.apply(Policy.NONE);
        assertThat(limits.isOver(wait(Reason.PAUSED, "a"))).isTrue();
        assertThat(limits.isOver(wait(Reason.PAUSED, "http"))).isTrue();
        assertThat(limits.waits(run("a", "http"))).isNull();
    }

    @Test
    void ofASkillThatNoNodeHasNothingIsKnown() {
        assertThat(limits.isOver(wait(Reason.SKILL_MISSING, "new"))).isFalse();
    }

    // --- at once

    @Test
    void noMoreThanTheLimitAtOnceForEachSubjectForItself() {
        limits.apply(policy(running(Kind.AGENT, "*", 3), running(Kind.SKILL, "http", 2), running(Kind.KEY, "k*", 1)));

        assertThat(startAll(run("a"))).isEqualTo(3);
        assertThat(startAll(run("b"))).isEqualTo(3);
        assertThat(limits.waits("a")).isEqualTo(wait(Reason.AGENT_LIMIT, "a"));
        assertThat(start(run("c", "http"))).isNull();
        assertThat(start(runWithKey("k1", "d", "sql", "http"))).isNull();
        assertThat(start(run("e", "sql", "http"))).isEqualTo(wait(Reason.SKILL_LIMIT, "http"));
        assertThat(limits.waits("e")).isNull();
        assertThat(start(runWithKey("k1", "e"))).isEqualTo(wait(Reason.KEY_LIMIT, "k1"));
        assertThat(start(runWithKey("k2", "e"))).isNull();
        assertThat(start(runWithKey("other", "e"))).isNull();
    }

    @Test
    void oneThatIsOverMakesRoomForOne() {
        limits.apply(policy(running(Kind.KEY, "k", 1)));
        var first = runWithKey("k", "a");
        var second = runWithKey("k", "b");
        limits.reserve(first);
        assertThat(limits.waits(second)).isEqualTo(wait(Reason.KEY_LIMIT, "k"));
        limits.claimed(first, 1);
        assertThat(limits.isOver(wait(Reason.KEY_LIMIT, "k"))).isFalse();
        assertThat(limits.isInUse(first.id())).isTrue();

        limits.over(List.of(fence(first, 1)));

        assertThat(limits.isOver(wait(Reason.KEY_LIMIT, "k"))).isTrue();
        assertThat(limits.isInUse(first.id())).isFalse();
        assertThat(start(second)).isNull();
    }

    @Test
    void ofALimitOfNoneNothingStarts() {
        limits.apply(policy(running(Kind.AGENT, "a", 0), running(Kind.SKILL, "http", 0)));

        assertThat(limits.waits("a")).isEqualTo(wait(Reason.AGENT_LIMIT, "a"));
        assertThat(limits.waits(run("b", "http"))).isEqualTo(wait(Reason.SKILL_LIMIT, "http"));
        assertThat(limits.isOver(wait(Reason.AGENT_LIMIT, "a"))).isFalse();
    }

    @Test
    void aLimitThatIsLoweredHoldsUntilEnoughIsOverAndOneThatIsGoneAtOnce() {
        limits.apply(policy(running(Kind.AGENT, "a", 4)));
        var runs = new ArrayList<Queued>();
        for (int i = 0; i < 4; i++) {
            runs.add(run("a"));
            start(runs.getLast());
        }
        limits.apply(policy(running(Kind.AGENT, "a", 2)));
        limits.over(List.of(fence(runs.get(0), 1), fence(runs.get(1), 2)));
        assertThat(limits.waits("a")).isEqualTo(wait(Reason.AGENT_LIMIT, "a"));
        limits.over(List.of(fence(runs.get(2), 3)));
        assertThat(limits.waits("a")).isNull();
        assertThat(start(run("a"))).isNull();
        assertThat(limits.waits("a")).isNotNull();

        limits.apply(Policy.NONE);
        assertThat(limits.isOver(wait(Reason.AGENT_LIMIT, "a"))).isTrue();
        assertThat(startAllUpTo(100)).isEqualTo(100);
    }

    private int startAllUpTo(int most) {
        int started = 0;
        while (started < most && start(run("a")) == null) {
            started++;
        }
        return started;
    }

    @Test
    void aLimitCountsWhatWasStartedBeforeIt() {
        start(runWithKey("k", "a"));
        start(runWithKey("k", "a"));

        limits.apply(policy(running(Kind.KEY, "k", 2)));

        assertThat(limits.waits(runWithKey("k", "b"))).isEqualTo(wait(Reason.KEY_LIMIT, "k"));
    }

    // --- starts

    @Test
    void noMoreStartsThanTheRate() {
        limits.apply(policy(starts(Kind.AGENT, "*", 50, 1, 5)));
        assertThat(startAll(run("a"))).isEqualTo(5);
        assertThat(startAll(run("b"))).isEqualTo(5);
        assertThat(limits.waits("a")).isEqualTo(wait(Reason.AGENT_RATE, "a"));
        assertThat(limits.isOver(wait(Reason.AGENT_RATE, "a"))).isFalse();

        nanos.addAndGet(20_000_000);
        assertThat(limits.isOver(wait(Reason.AGENT_RATE, "a"))).isTrue();
        assertThat(startAll(run("a"))).isEqualTo(1);

        nanos.addAndGet(60 * SECOND);
        assertThat(startAll(run("a"))).isEqualTo(5);
    }

    @Test
    void aRunStartsOnlyIfAllThatItCountsForHaveAStartLeftAndElseUsesNone() {
        limits.apply(policy(
                starts(Kind.AGENT, "a", 1, 1, 2), starts(Kind.SKILL, "http", 1, 1, 3), starts(Kind.KEY, "k", 1, 1, 1)));
        assertThat(start(runWithKey("k", "a", "http"))).isNull();
        for (int i = 0; i < 10; i++) {
            assertThat(start(runWithKey("k", "a", "http"))).isEqualTo(wait(Reason.KEY_RATE, "k"));
        }
        assertThat(start(run("a", "http"))).isNull();
        assertThat(start(run("b", "http"))).isNull();
        assertThat(start(run("b", "http"))).isEqualTo(wait(Reason.SKILL_RATE, "http"));
        assertThat(start(run("a", "http"))).isEqualTo(wait(Reason.AGENT_RATE, "a"));
        assertThat(limits.isOver(wait(Reason.SKILL_RATE, "http"))).isFalse();
        assertThat(limits.isOver(wait(Reason.KEY_RATE, "k"))).isFalse();
    }

    @Test
    void anAttemptThatComesBackIsANewStart() {
        limits.apply(policy(starts(Kind.AGENT, "a", 1, 1, 1)));
        var run = run("a");
        start(run);
        limits.over(List.of(fence(run, 1)));
        assertThat(start(again(run, 1))).isEqualTo(wait(Reason.AGENT_RATE, "a"));

        nanos.addAndGet(SECOND);
        assertThat(start(again(run, 1))).isNull();
        nanos.addAndGet(SECOND - 1);
        assertThat(start(run("a"))).isEqualTo(wait(Reason.AGENT_RATE, "a"));
    }

    @Test
    void whatIsGivenBackWasNoStart() {
        limits.apply(policy(starts(Kind.AGENT, "a", 1, 1, 1)));
        var run = run("a");
        limits.reserve(run);
        limits.reserve(run);
        assertThat(limits.waits("a")).isNotNull();

        limits.giveBack(run);
        limits.giveBack(run);

        assertThat(limits.opensInNanos()).hasValue(0);
        assertThat(startAll(run("a"))).isEqualTo(1);
    }

    @Test
    void underAnotherLimitWhatWasUsedUpStaysUsedUp() {
        limits.apply(policy(starts(Kind.AGENT, "a", 1, 1, 1)));
        var run = run("a");
        limits.reserve(run);
        limits.apply(policy(starts(Kind.AGENT, "a", 1, 3600, 1)));

        limits.giveBack(run);

        assertThat(limits.waits("a")).isEqualTo(wait(Reason.AGENT_RATE, "a"));
        assertThat(limits.inUse()).isZero();
    }

    @Test
    void saysWhenTheFirstRateOpensThatWasWaitedFor() {
        limits.apply(policy(starts(Kind.AGENT, "slow", 1, 10, 1), starts(Kind.AGENT, "fast", 1, 1, 1)));
        assertThat(limits.opensInNanos()).isEmpty();
        start(run("slow"));
        start(run("fast"));
        assertThat(limits.opensInNanos()).as("nobody had to wait").isEmpty();

        limits.waits("slow");
        assertThat(limits.opensInNanos()).hasValue(10 * SECOND);
        limits.waits("slow");
        limits.waits("fast");
        nanos.addAndGet(1);
        assertThat(limits.opensInNanos()).hasValue(SECOND - 1);
        assertThat(limits.opensInNanos()).as("since the last call").isEmpty();

        limits.isOver(wait(Reason.AGENT_RATE, "fast"));
        nanos.addAndGet(2 * SECOND);
        assertThat(limits.opensInNanos()).as("it has opened since").hasValue(0);
        assertThat(limits.isOver(wait(Reason.AGENT_RATE, "fast"))).isTrue();
        assertThat(limits.opensInNanos()).isEqualTo(OptionalLong.empty());
    }

    @Test
    void aRateThatIsChangedHoldsAtOnce() {
        limits.apply(policy(starts(Kind.AGENT, "a", 1, 31_536_000, 1)));
        assertThat(startAll(run("a"))).isEqualTo(1);
        assertThat(limits.opensInNanos()).hasValue(31_536_000 * SECOND);

        limits.apply(policy(starts(Kind.AGENT, "a", 100, 1, 10)));
        assertThat(startAll(run("a"))).isZero();
        nanos.addAndGet(SECOND);
        assertThat(startAll(run("a"))).isEqualTo(10);

        limits.apply(policy());
        assertThat(limits.waits("a")).isNull();
        assertThat(limits.isOver(wait(Reason.AGENT_RATE, "a"))).isTrue();
    }

    @Test
    void whatIsSpentIsWrittenForEachRateThatIsUsed() {
        limits.apply(policy(
                starts(Kind.AGENT, "a", 1, 1, 10),
                starts(Kind.KEY, "k", 1, 5, 10),
                running(Kind.SKILL, "http", 9),
                starts(Kind.SKILL, "sql", 1, 1, 10)));
        var one = runWithKey("k", "a", "http");
        var two = runWithKey(null, "a", "http");
        var picks = List.of(one, two);
        picks.forEach(limits::reserve);

        assertThat(limits.spent(picks))
                .containsExactlyInAnyOrder(
                        new Bucket(Kind.AGENT, "a", 2_000_000), new Bucket(Kind.KEY, "k", 5_000_000));
        assertThat(limits.spent(List.of())).isEmpty();
    }

    // --- hand-over

    @Test
    void theNextPollerGoesOnWhereThisOneWas() {
        var rows = new Limit[] {running(Kind.KEY, "k", 3), starts(Kind.AGENT, "a", 1, 1, 4)};
        limits.apply(policy(rows));
        var running = List.of(runWithKey("k", "a"), runWithKey("k", "a"));
        running.forEach(this::start);

        var next = new Limits(nanos::get);
        next.reading();
        next.correct(List.of(listed(running.get(0), 1), listed(running.get(1), 2)));
        next.apply(policy(limits.spent(running), rows));

        assertThat(next.isInUse(running.getFirst().id())).isTrue();
        next.reserve(runWithKey("k", "a"));
        assertThat(next.waits(runWithKey("k", "b"))).isEqualTo(wait(Reason.KEY_LIMIT, "k"));
        next.reserve(run("a"));
        assertThat(next.waits("a")).isEqualTo(wait(Reason.AGENT_RATE, "a"));
    }

    @Test
    void whatMakesNoSenseChangesNothing() {
        limits.apply(policy(running(Kind.AGENT, "a", 0)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> limits.apply(policy(starts(Kind.AGENT, "b", 1, Double.NaN, 1))));

        assertThat(limits.waits("a")).isEqualTo(wait(Reason.AGENT_LIMIT, "a"));
    }
}

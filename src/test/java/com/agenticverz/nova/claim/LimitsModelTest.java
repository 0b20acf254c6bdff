package com.agenticverz.nova.claim;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.store.Bucket;
import com.agenticverz.nova.store.InUse;
import com.agenticverz.nova.store.LanePlace;
import com.agenticverz.nova.store.Limit;
import com.agenticverz.nova.store.Limit.Kind;
import com.agenticverz.nova.store.Policy;
import com.agenticverz.nova.store.QueueWait;
import com.agenticverz.nova.store.Queued;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Limits in a small world of tables and nodes in which anything may happen in any order: messages are lost, doubled and
 * late, claims fail with and without having been written, runs are taken away by hand, pollers take over, limits change.
 * The world itself counts naively what runs, and when it was started.
 */
class LimitsModelTest {

    private static final List<String> AGENTS = List.of("a", "b", "c-1", "c-2");
    private static final List<String> SKILLS = List.of("http", "sql", "mail");
    private static final List<String> KEYS = List.of("k1", "k2", "x");

    private static final class World {
        final Random random;
        final AtomicLong nanos;
        Limits limits;

        /** The tables. */
        List<Limit> rows = List.of();

        final Map<Subject, Long> fullAtNanos = new HashMap<>();
        final Map<Fence, InUse> claims = new HashMap<>();

        /** Executed on nodes: what must never be more than the limits. */
        final Map<Fence, InUse> running = new HashMap<>();

        /** What the nodes have said and the poller has not heard. */
        final List<Fence> underWay = new ArrayList<>();

        final Map<Subject, List<Long>> starts = new HashMap<>();

        /** What was running when the limits were changed, and has been since: more than they allow, perhaps. */
        final Map<Subject, Long> allowedBefore = new HashMap<>();

        /** What was taken away by hand, as the last reading found it. */
        List<Fence> takenAway = List.of();

        List<InUse> snapshot = List.of();
        boolean reading;
        long claimId = 100;
        int started;
        int waited;

        World(long seed) {
            random = new Random(seed);
            nanos = new AtomicLong(random.nextLong());
            limits = new Limits(nanos::get);
            changeLimits();
        }

        boolean chance(int in) {
            return random.nextInt(in) == 0;
        }

        <T> T any(List<T> list) {
            return list.get(random.nextInt(list.size()));
        }

        void changeLimits() {
            var limits = new ArrayList<Limit>();
            for (var pattern : List.of("a", "c-*", "*")) {
                limits.add(limit(Kind.AGENT, pattern));
            }
            limits.add(limit(Kind.SKILL, "http"));
            limits.add(limit(Kind.SKILL, "*"));
            limits.add(limit(Kind.KEY, "k*"));
            limits.removeIf(_ -> chance(3));
            rows = limits;
            apply();
            // What was started under other limits says nothing about these.
            starts.clear();
        }

        Limit limit(Kind kind, String pattern) {
            boolean rate = random.nextBoolean();
            return new Limit(
                    kind,
                    pattern,
                    chance(3) ? null : random.nextInt(5),
                    rate ? Integer.valueOf(1 + random.nextInt(20)) : null,
                    rate ? Double.valueOf(0.5 + random.nextInt(20)) : null,
                    rate && chance(2) ? Integer.valueOf(1 + random.nextInt(4)) : null,
                    null);
        }

        void apply() {
            var buckets = new ArrayList<Bucket>();
            fullAtNanos.forEach((subject, at) -> {
                if (at - nanos.get() > 0) {
                    buckets.add(new Bucket(subject.kind(), subject.name(), (at - nanos.get()) / 1000));
                }
            });
            limits.apply(new Policy(rows, false, Set.of(), Set.of(), Map.of(), Set.of(), buckets));
        }

        Limit rowOf(Subject subject) {
            return rows.stream()
                    .filter(it -> it.kind() == subject.kind()
                            && subject.name().matches(it.pattern().replace("*", ".*")))
                    .min((one, other) -> {
                        boolean oneIs = one.pattern().equals(subject.name());
                        boolean otherIs = other.pattern().equals(subject.name());
                        return oneIs != otherIs
                                ? (oneIs ? -1 : 1)
                                : other.pattern().length() - one.pattern().length();
                    })
                    .orElse(new Limit(subject.kind(), "", null, null, null, null, null));
        }

        long runningOf(Subject subject) {
            return running.values().stream()
                    .filter(it -> Subject.of(it).contains(subject))
                    .count();
        }

        // --- what happens

        Queued queued() {
            var id = new UUID(random.nextLong(), random.nextLong());
            var skills = new LinkedHashSet<String>();
            for (int i = random.nextInt(3); i >= 0; i--) {
                skills.add(any(SKILLS));
            }
            return new Queued(
                    id,
                    random.nextInt(3),
                    any(AGENTS),
                    new LanePlace(0, 0L, id),
                    chance(2) ? any(KEYS) : null,
                    List.copyOf(skills));
        }

        void claim() {
            var picks = new ArrayList<Queued>();
            for (int i = random.nextInt(6); i >= 0; i--) {
                var run = queued();
                if (limits.waits(run) != null) {
                    waited++;
                } else {
                    limits.reserve(run);
                    picks.add(run);
                }
            }
            var spent = limits.spent(picks);
            if (picks.isEmpty()) {
                return;
            }
            int fate = random.nextInt(10);
            boolean written = fate > 1;
            long claim = ++claimId;
            var claimed = written ? picks.stream().filter(_ -> !chance(5)).toList() : List.<Queued>of();
            if (written) {
                spent.forEach(it ->
                        fullAtNanos.put(new Subject(it.kind(), it.name()), nanos.get() + it.fullInMicros() * 1000));
            }
            for (var run : claimed) {
                var use = QueuedRuns.listed(run, claim);
                claims.put(use.fence(), use);
                running.put(use.fence(), use);
                started++;
                Subject.of(run)
                        .forEach(it -> starts.computeIfAbsent(it, _ -> new ArrayList<>())
                                .add(nanos.get()));
            }
            assertNothingExceeded();
            if (fate == 2) {
                // The answer is lost: what was claimed is known after the next reading.
                read();
                correct();
                picks.forEach(limits::giveBack);
                return;
            }
            claimed.forEach(it -> limits.claimed(it, claim));
            picks.stream().filter(it -> !claimed.contains(it)).forEach(limits::giveBack);
        }

        void assertNothingExceeded() {
            for (var subject : subjects()) {
                var max = rowOf(subject).maxRunning();
                if (max != null) {
                    assertThat(runningOf(subject))
                            .as("%s of %s", subject, rowOf(subject))
                            .isLessThanOrEqualTo(Math.max(max, allowedBefore.getOrDefault(subject, 0L)));
                }
            }
        }

        Set<Subject> subjects() {
            var subjects = new HashSet<Subject>();
            running.values().forEach(it -> subjects.addAll(Subject.of(it)));
            return subjects;
        }

        void over() {
            if (running.isEmpty()) {
                return;
            }
            var fence = any(List.copyOf(running.keySet()));
            running.remove(fence);
            claims.remove(fence);
            if (chance(10)) {
                // Lost on its way.
                return;
            }
            underWay.add(fence);
            if (chance(10)) {
                underWay.add(fence);
            }
        }

        void hear() {
            var heard =
                    new ArrayList<>(underWay.subList(0, underWay.isEmpty() ? 0 : random.nextInt(underWay.size()) + 1));
            heard.forEach(underWay::remove);
            limits.over(heard);
        }

        /** The tables say that it is queued again; its node notices before the second reading after that. */
        void takeAwayByHand() {
            if (!running.isEmpty()) {
                claims.remove(any(List.copyOf(running.keySet())));
            }
        }

        void rescue() {
            var gone = running.keySet().stream().filter(_ -> chance(3)).toList();
            gone.forEach(running::remove);
            gone.forEach(claims::remove);
            limits.rescued(gone.stream().map(Fence::runId).toList());
        }

        void read() {
            limits.reading();
            reading = true;
            // Nodes have stopped by now what was taken away from them before the last reading.
            takenAway.forEach(running::remove);
            takenAway = running.keySet().stream()
                    .filter(it -> !claims.containsKey(it))
                    .toList();
            snapshot = List.copyOf(claims.values());
        }

        void correct() {
            if (reading) {
                limits.correct(snapshot);
                reading = false;
            }
        }

        void handOver() {
            limits = new Limits(nanos::get);
            // What was taken away by hand and runs on is what nobody can know.
            running.keySet().retainAll(claims.keySet());
            takenAway = List.of();
            read();
            correct();
            apply();
        }

        void step() {
            nanos.addAndGet(random.nextInt(100_000_000));
            switch (random.nextInt(40)) {
                case 0 -> {
                    allowedBefore.clear();
                    subjects().forEach(it -> allowedBefore.put(it, runningOf(it)));
                    assertStartsExact();
                    changeLimits();
                }
                case 1 -> handOver();
                case 2 -> rescue();
                case 3 -> takeAwayByHand();
                case 4, 5 -> read();
                case 6, 7, 8 -> correct();
                case 9 -> apply();
                case 10, 11, 12, 13, 14, 15, 16, 17, 18, 19 -> over();
                case 20, 21, 22, 23, 24, 25 -> hear();
                default -> claim();
            }
            // Once it is less, it may not be more again.
            allowedBefore.replaceAll((subject, before) -> Math.min(before, runningOf(subject)));
        }

        void assertStartsExact() {
            starts.forEach((subject, times) -> {
                var rate = StartRate.of(rowOf(subject));
                if (rate == null) {
                    return;
                }
                for (int from = 0; from < times.size(); from++) {
                    for (int to = from; to < times.size(); to++) {
                        assertThat((double) (to - from + 1))
                                .as("starts of %s under %s", subject, rowOf(subject))
                                .isLessThanOrEqualTo(rate.burst()
                                        + Math.floor((times.get(to) - times.get(from)) / rate.intervalNanos()));
                    }
                }
            });
        }

        /** Whatever was lost: what is running is exactly what is counted after two readings. */
        void assertRightAfterTwoReadings() {
            // One more for what a node notices after the first.
            for (int i = 0; i < 3; i++) {
                read();
                correct();
            }
            assertThat(limits.inUse()).isEqualTo(running.size());
            for (var fence : running.keySet()) {
                assertThat(limits.isInUse(fence.runId())).isTrue();
            }
            // Each count is right: a limit of just so many is reached, and one more leaves room for one.
            var subjects = subjects();
            for (int more = 0; more <= 1; more++) {
                var exact = new ArrayList<Limit>();
                for (var subject : subjects) {
                    exact.add(new Limit(
                            subject.kind(), subject.name(), (int) runningOf(subject) + more, null, null, null, null));
                }
                rows = exact;
                apply();
                for (var subject : subjects) {
                    assertThat(limits.isOver(new QueueWait(
                                    switch (subject.kind()) {
                                        case AGENT -> QueueWait.Reason.AGENT_LIMIT;
                                        case SKILL -> QueueWait.Reason.SKILL_LIMIT;
                                        case KEY -> QueueWait.Reason.KEY_LIMIT;
                                    },
                                    subject.name())))
                            .as(subject.toString())
                            .isEqualTo(more == 1);
                }
            }
            limits.rescued(running.keySet().stream().map(Fence::runId).toList());
            assertThat(limits.inUse()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void neverMoreThanTheLimitsWhateverHappens(long seed) {
        var world = new World(seed);
        for (int i = 0; i < 10_000; i++) {
            world.step();
        }
        world.assertStartsExact();
        world.assertRightAfterTwoReadings();
        // Not because nothing happens.
        assertThat(world.started).isGreaterThan(500);
        assertThat(world.waited).isGreaterThan(500);
    }
}

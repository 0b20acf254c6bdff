package com.agenticverz.nova.claim;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.cluster.TestMembership;
import com.agenticverz.nova.execute.Assign;
import com.agenticverz.nova.execute.Demand;
import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.run.Run;
import com.agenticverz.nova.store.ClaimResult;
import com.agenticverz.nova.store.TestDatabase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a tenure claims where not simply the first runs of the queue are next; on a real PostgreSQL, without its actor. */
class SelectionTest {

    @RegisterExtension
    static final TestDatabase DB = TestDatabase.create();

    private final AtomicLong nanos = new AtomicLong(1_000_000_000);
    private final UUID node = UUID.randomUUID();
    private final UUID otherNode = UUID.randomUUID();
    private final ActorRef<Assign> pool = TestInbox.<Assign>create().getRef();
    private final List<Statement> made = new ArrayList<>();
    private Roster roster = new Roster(new TestMembership().membership());
    private Tenure tenure = tenure(8, Fairness.OFF, Duration.ZERO);
    private long lastClaim;

    @BeforeEach
    void emptyTables() {
        DB.empty("runs, claims, nodes, leases, limits, limit_buckets, pauses, queue_waits");
        DB.execute("INSERT INTO leases (name, owner, epoch, expires_at) VALUES ('poller', 'test', 1, 'infinity')");
    }

    // --- limits

    @Test
    void ofALimitedAgentNoMoreIsClaimedAndOthersGoOn() {
        limit("agent", "a", 2);
        insert("a", 10);
        insert("b", 3);

        room(20);

        assertThat(claimedAgents()).containsExactlyInAnyOrder("a", "a", "b", "b", "b");
        room(20);
        assertThat(claim()).isEmpty();
    }

    @Test
    void whatIsOverMakesRoomForTheNextAndWhatIsOnlyMarkedDoesNot() {
        limit("agent", "*", 2);
        insert("a", 5);
        room(20);
        var first = claim();
        assertThat(first).hasSize(2);

        tenure.heard(demand(node, 20, List.of(first.get(0)), List.of(first.get(0))));
        assertThat(claim()).isEmpty();
        settle(first.get(0));
        tenure.heard(demand(node, 20, List.of(first.get(0)), List.of()));

        assertThat(claim()).hasSize(1).doesNotContain(first.get(0), first.get(1));
    }

    @Test
    void theNextPollerCountsWhatIsInUseFromTheStart() {
        limit("agent", "a", 3);
        insert("a", 10);
        room(20);
        assertThat(claim()).hasSize(3);

        DB.execute("UPDATE leases SET epoch = 2");
        handOver(2);
        room(20);

        assertThat(claim()).isEmpty();
    }

    @Test
    void aLimitThatIsSetWhileRunsAreInUseCountsThem() {
        insert("a", 10);
        room(4);
        assertThat(claim()).hasSize(4);

        limit("agent", "a", 5);
        tenure.policyChanged();
        room(20);

        assertThat(claim()).hasSize(1);
        DB.execute("DELETE FROM limits");
        tenure.policyChanged();
        room(20);
        assertThat(claim()).hasSize(5);
    }

    @Test
    void behindAThousandRunsOfOneKeyThatMayNotStartTheNextOneIsFound() {
        limit("key", "hot", 1);
        insertKey("a", "hot", 1000);
        insertKey("a", "cold", 1);

        room(20);
        var claimed = claim();

        assertThat(claimed).hasSize(2);
        assertThat(keys(claimed)).containsExactlyInAnyOrder("hot", "cold");
        settle(claimed.get(0));
        settle(claimed.get(1));
        tenure.heard(demand(node, 20, claimed, List.of()));
        assertThat(keys(claim())).containsExactly("hot");
    }

    /** It was looked through from there to the end of the queue each time that one was over. */
    @Test
    void oneMoreOfManyRunsOfAKeyCostsNoLookAtAllOfThem() {
        limit("key", "hot", 1);
        insertKey("a", "hot", 6000);
        room(20);
        var running = claim();
        assertThat(running).hasSize(1);

        for (int i = 0; i < 5; i++) {
            made.clear();
            settle(running.getFirst());
            tenure.heard(demand(node, 20, running, List.of()));
            running = claim();
            assertThat(running).hasSize(1);
            assertThat(made.stream().filter(Statement.Look.class::isInstance)).hasSizeLessThan(5);
        }
    }

    /** They were looked at only once there was nothing else to pick. */
    @Test
    void behindManyRunsThatMayNotStartTheNextOneIsFoundThoughAnotherAgentHasABacklog() {
        limit("key", "hot", 0);
        insertKey("a", "hot", 1000);
        insertKey("a", "cold", 1);
        insert("b", 300);
        var claimed = new ArrayList<String>();

        for (int i = 0; i < 30 && !claimed.contains("a"); i++) {
            pass(Duration.ofMillis(60));
            room(4);
            claimed.addAll(claimedAgents());
        }

        assertThat(claimed).contains("a");
    }

    @Test
    void aSkillThatIsLimitedHoldsUpOnlyTheRunsThatNeedIt() {
        limit("skill", "sleep", 1);
        insertPlan("a", "sleep", 3);
        insertPlan("a", "noop", 2);

        room(20);

        assertThat(claim()).hasSize(3);
    }

    @Test
    void startsAreSpreadByTheirRate() {
        DB.execute(
                "INSERT INTO limits (kind, pattern, max_starts, per_seconds, burst) VALUES ('agent', 'a', 10, 1, 2)");
        insert("a", 20);

        room(20);
        assertThat(claim()).hasSize(2);
        assertThat(tenure.opensInNanos()).hasValue(Duration.ofMillis(100).toNanos());
        pass(Duration.ofMillis(100));
        tenure.opened();
        assertThat(claim()).hasSize(1);

        // Another poller goes on from there.
        handOver(1);
        room(20);
        assertThat(claim()).hasSizeLessThanOrEqualTo(1);
    }

    @Test
    void aClaimThatWasWrittenThoughItsAnswerIsLostCountsAsStarted() {
        startsOfA();
        losesTheAnswerToAClaim(true);

        assertThat(claim()).hasSize(1);
        assertThat(claim()).isEmpty();
    }

    @Test
    void aClaimThatWasNotWrittenWasNoStart() {
        startsOfA();
        losesTheAnswerToAClaim(false);

        assertThat(claim()).hasSize(2);
        assertThat(claim()).isEmpty();
    }

    /** Three starts, of which two may be in use. */
    private void startsOfA() {
        DB.execute("INSERT INTO limits (kind, pattern, max_starts, per_seconds, burst, max_running)"
                + " VALUES ('agent', 'a', 1, 1000, 3, 2)");
        insert("a", 1);
        room(20);
        var first = claim();
        assertThat(first).hasSize(1);
        settle(first.getFirst());
        tenure.heard(demand(node, 20, first, List.of()));
        insert("a", 1);
    }

    private void losesTheAnswerToAClaim(boolean written) {
        var stores = Statement.Stores.of(DB.database());
        room(20);
        while (true) {
            var next = tenure.next().orElseThrow();
            if (next instanceof Statement.ClaimPicked) {
                if (written) {
                    next.make(stores, tenure.epoch(), 5, nanos::get);
                }
                break;
            }
            answer(next, stores);
        }
        tenure.failed();
        tenure.rested();
        insert("a", 5);
        room(20);
    }

    // --- pauses

    @Test
    void whatIsPausedWaitsAndIsSaidToWait() {
        DB.execute("INSERT INTO pauses (kind, name) VALUES ('agent', 'a'), ('skill', 'sleep')");
        insert("a", 2);
        insertPlan("b", "sleep", 2);
        insertPlan("b", "noop", 1);

        room(20);
        assertThat(claimedAgents()).containsExactly("b");
        tenure.correct();
        assertThat(claim()).isEmpty();
        assertThat(waits()).containsExactly("paused a", "paused sleep");

        DB.execute("DELETE FROM pauses");
        tenure.policyChanged();
        assertThat(claim()).hasSize(4);
        tenure.correct();
        claim();
        assertThat(waits()).isEmpty();
    }

    @Test
    void whereAllIsPausedNothingIsClaimed() {
        DB.execute("INSERT INTO pauses (kind) VALUES ('all')");
        insert("a", 2);

        room(20);

        assertThat(claim()).isEmpty();
    }

    // --- fairness and order

    @Test
    void withoutFairnessTheOrderIsThatOfTheQueueThoughOneAgentIsLimited() {
        limit("agent", "limited", 0);
        insert("limited", 3);
        insert("a", 2);
        insert("b", 2);
        insert("a", 1);
        DB.execute("INSERT INTO runs (agent_id, plan, priority) VALUES ('urgent', ?::jsonb, 1)", TestDatabase.PLAN);

        room(20);

        assertThat(claimedAgents()).containsExactly("urgent", "a", "a", "b", "b", "a");
    }

    @Test
    void anAgentWithManyRunsTakesTurnsWithTheOthers() {
        tenure = tenure(4, Fairness.ROUND_ROBIN, Duration.ZERO);
        insert("many", 300);
        room(4);
        assertThat(claimedAgents()).containsOnly("many").hasSize(4);

        insert("one", 1);
        insert("two", 2);
        pass(Duration.ofMillis(60));
        room(4);

        assertThat(claimedAgents())
                .hasSize(4)
                .contains("one")
                .filteredOn("two"::equals)
                .hasSizeBetween(1, 2);
    }

    /** A look from the start that began in a backlog ended with it. */
    @Test
    void inABacklogAMoreUrgentRunIsNextOnceThePollerIsWoken() {
        tenure = tenure(4, Fairness.ROUND_ROBIN, Duration.ZERO);
        insert("a", 300);
        for (int i = 0; i < 3; i++) {
            room(4);
            assertThat(claim()).hasSize(4);
        }

        insertAged("a", 1, 0);
        room(4);

        assertThat(claim().stream()
                        .map(it -> DB.one(Integer.class, "SELECT priority FROM runs WHERE id = ?", it.runId())))
                .contains(1);
    }

    @Test
    void inABacklogTheNextRunOfAnAgentThatHadNoneLeftIsFoundThoughNobodySaysSo() {
        tenure = tenure(4, Fairness.ROUND_ROBIN, Duration.ZERO);
        insert("many", 300);
        insert("few", 1);
        room(4);
        assertThat(claimedAgents()).contains("few");

        // The first one counts as queued as long as it is not marked.
        insert("few", 1);
        pass(Duration.ofMillis(60));
        roster.heard(demand(node, 4, List.of(), List.of()), nanos.get());

        assertThat(claimedAgents()).contains("few");
    }

    @Test
    void turnsGoByWeight() {
        tenure = tenure(30, Fairness.WEIGHTED, Duration.ZERO);
        DB.execute("INSERT INTO limits (kind, pattern, weight) VALUES ('agent', 'heavy', 2)");
        insert("heavy", 100);
        insert("light", 100);

        room(30);

        assertThat(claimedAgents().stream().collect(Collectors.groupingBy(it -> it, Collectors.counting())))
                .containsEntry("heavy", 20L)
                .containsEntry("light", 10L);
    }

    @Test
    void withAgeingAnOldRunOfLowPriorityComesBeforeYoungUrgentOnes() {
        tenure = tenure(8, Fairness.OFF, Duration.ofSeconds(60));
        insertAged("old", 0, 700);
        insertAged("urgent", 10, 0);
        insertAged("young", 0, 500);

        room(20);

        assertThat(claimedAgents()).containsExactly("old", "urgent", "young");
    }

    // --- capabilities

    @Test
    void aRunGoesToANodeThatHasItsSkills() {
        register(node, "{\"noop\": \"1\"}");
        register(otherNode, "{\"noop\": \"1\", \"greet\": \"1\"}");
        insertPlan("a", "greet", 3);
        insertPlan("a", "nowhere", 1);
        insertPlan("a", "noop", 1);
        room(20);
        tenure.correct();

        var claimed = claim();

        assertThat(skills(claimed)).containsExactly("noop");
        assertThat(waits()).isEmpty();
        tenure.correct();
        claim();
        assertThat(waits()).containsExactly("skill_missing nowhere");

        roster.heard(demand(otherNode, 20, List.of(), List.of()), nanos.get());
        tenure.heard(demand(otherNode, 20, List.of(), List.of()));
        tenure.poll();
        assertThat(skills(claim())).containsExactly("greet", "greet", "greet");
    }

    @Test
    void runsForABusyNodeHoldUpNobodyAndAreFoundAgainWhenItHasRoom() {
        register(node, "{\"noop\": \"1\"}");
        register(otherNode, "{\"noop\": \"1\", \"greet\": \"1\"}");
        insertPlan("a", "greet", 700);
        insertPlan("a", "noop", 1);
        room(20);
        assertThat(skills(claim())).containsExactly("noop");

        for (int i = 0; i < 3; i++) {
            roster.heard(demand(otherNode, 8, List.of(), List.of()), nanos.get());
            tenure.heard(demand(otherNode, 8, List.of(), List.of()));
            assertThat(skills(claim())).containsOnly("greet").hasSize(8);
        }
    }

    @Test
    void whatANodeSaysItDoesNotHaveIsNotSentAgain() {
        register(node, "{\"noop\": \"1\"}");
        insertPlan("a", "nowhere", 1);
        room(20);
        assertThat(claim()).hasSize(1);
        DB.execute("DELETE FROM claims");
        insertPlan("a", "noop", 1);

        var demand =
                new Demand(node, 7, pool, 20, 20, lastClaim, List.of(), false, 0, null, List.of(), List.of("nowhere"));
        roster.heard(demand, nanos.get());
        tenure.heard(demand);
        tenure.poll();

        assertThat(skills(claim())).containsExactly("noop");
    }

    @Test
    void onceNoRunWaitsForAMissingSkillAnyMoreTheQueueIsServedAsBefore() {
        register(node, "{\"noop\": \"1\"}");
        var demand =
                new Demand(node, 7, pool, 20, 20, lastClaim, List.of(), false, 0, null, List.of(), List.of("nowhere"));
        roster.heard(demand, nanos.get());
        tenure.heard(demand);
        insert("a", 1);
        assertThat(claim()).hasSize(1);
        assertThat(made).noneMatch(Statement.ClaimNext.class::isInstance);

        for (int i = 0; i < 20; i++) {
            tenure.correct();
            claim();
        }
        insert("b", 1);
        room(20);
        assertThat(claim()).hasSize(1);
        assertThat(made).anyMatch(Statement.ClaimNext.class::isInstance);
    }

    // --- expiry

    @Test
    void whatWasNotStartedInTimeIsCancelledAndNeverClaimed() {
        DB.execute(
                "INSERT INTO runs (agent_id, plan, expires_at) VALUES ('late', ?::jsonb, now() - interval '1 second'),"
                        + " ('in time', ?::jsonb, now() + interval '1 hour')",
                TestDatabase.PLAN,
                TestDatabase.PLAN);

        room(20);

        assertThat(claimedAgents()).containsExactly("in time");
        tenure.correct();
        claim();
        assertThat(DB.one(String.class, "SELECT status FROM runs WHERE agent_id = 'late'"))
                .isEqualTo("cancelled");
        assertThat(DB.one(String.class, "SELECT error_message FROM runs WHERE agent_id = 'late'"))
                .startsWith("not started by 2");
    }

    // --- its surroundings

    private Tenure tenure(int batchSize, Fairness fairness, Duration ageing) {
        return new Tenure(
                1, new PollerSettings(Duration.ofSeconds(2), batchSize, fairness, ageing), roster, nanos::get);
    }

    private void handOver(long epoch) {
        roster = new Roster(new TestMembership().membership());
        tenure = new Tenure(
                epoch, new PollerSettings(Duration.ofSeconds(2), 8, Fairness.OFF, Duration.ZERO), roster, nanos::get);
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    /** Makes its statements until there is none to make, and returns what was claimed, in this order. */
    private List<Fence> claim() {
        var claimed = new ArrayList<Fence>();
        var stores = Statement.Stores.of(DB.database());
        for (int i = 0; i < 500; i++) {
            var next = tenure.next();
            if (next.isEmpty()) {
                return claimed;
            }
            made.add(next.get());
            claimed.addAll(answer(next.get(), stores));
        }
        throw new AssertionError("no end of statements: " + made.subList(made.size() - 20, made.size()));
    }

    /** Makes a statement, and returns what it has claimed. */
    private List<Fence> answer(Statement statement, Statement.Stores stores) {
        switch (statement.make(stores, tenure.epoch(), 5, nanos::get)) {
            case Statement.Result.PolicyRead(var policy) -> tenure.policyRead(policy);
            case Statement.Result.InFlightRead(var listed) -> tenure.read(listed);
            case Statement.Result.InUseRead(var listed) -> tenure.inUse(listed.orElseThrow());
            case Statement.Result.ExpiredCancelled(var runs) -> tenure.expired(runs.size());
            case Statement.Result.Promoted(var promotion) -> tenure.promoted(promotion);
            case Statement.Result.IdleSaid(var idle) -> tenure.saidIdle(idle);
            case Statement.Result.WaitsSaid _ -> tenure.saidWaits();
            case Statement.Result.LanesListed(var lanes) -> tenure.listed(lanes);
            case Statement.Result.Looked(var look, var found) -> tenure.looked(look, found);
            case Statement.Result.Claimed(var claim, ClaimResult.Claimed batch, var _) -> {
                tenure.claimed(claim, batch);
                lastClaim = batch.claimId();
                return batch.runs().stream()
                        .map((Run run) -> run.under(batch.claimId()))
                        .toList();
            }
            case Statement.Result.Claimed(var claim, var _, var _) -> tenure.claimedNothing(claim);
        }
        return List.of();
    }

    private List<String> claimedAgents() {
        return claim().stream()
                .map(it -> DB.one(String.class, "SELECT agent_id FROM runs WHERE id = ?", it.runId()))
                .toList();
    }

    private List<String> keys(List<Fence> fences) {
        return fences.stream()
                .map(it -> DB.one(String.class, "SELECT concurrency_key FROM runs WHERE id = ?", it.runId()))
                .toList();
    }

    private List<String> skills(List<Fence> fences) {
        return fences.stream()
                .map(it -> DB.one(String.class, "SELECT plan #>> '{steps,0,skill}' FROM runs WHERE id = ?", it.runId()))
                .toList();
    }

    private List<String> waits() {
        return DB.rows("SELECT kind || ' ' || name AS it FROM queue_waits ORDER BY 1").stream()
                .map(it -> (String) it.get("it"))
                .toList();
    }

    private void room(int runs) {
        roster.heard(demand(node, runs, List.of(), List.of()), nanos.get());
        tenure.wake();
    }

    private Demand demand(UUID of, int room, List<Fence> freed, List<Fence> marked) {
        return new Demand(of, 7, pool, room, room, lastClaim, freed, false, 0, null, marked, List.of());
    }

    private void settle(Fence fence) {
        DB.execute("UPDATE runs SET status = 'succeeded', attempts = 1 WHERE id = ?", fence.runId());
    }

    private void limit(String kind, String pattern, int maxRunning) {
        DB.execute("INSERT INTO limits (kind, pattern, max_running) VALUES (?, ?, ?)", kind, pattern, maxRunning);
    }

    private void register(UUID id, String skills) {
        DB.execute(
                "INSERT INTO nodes (id, address, app_version, concurrency, skills) VALUES (?, ?, '1', 4, ?::jsonb)",
                id,
                id.toString(),
                skills);
    }

    private void insert(String agent, int runs) {
        insertPlan(agent, "noop", runs);
    }

    private void insertPlan(String agent, String skill, int runs) {
        var plan = TestDatabase.PLAN.replace("noop", skill);
        IntStream.range(0, runs)
                .forEach(_ -> DB.execute("INSERT INTO runs (agent_id, plan) VALUES (?, ?::jsonb)", agent, plan));
    }

    private void insertKey(String agent, String key, int runs) {
        DB.execute(
                "INSERT INTO runs (agent_id, plan, concurrency_key) SELECT ?, ?::jsonb, ? FROM generate_series(1, ?)",
                agent,
                TestDatabase.PLAN,
                key,
                runs);
    }

    private void insertAged(String agent, int priority, int secondsAgo) {
        DB.execute(
                "INSERT INTO runs (agent_id, plan, priority, created_at)"
                        + " VALUES (?, ?::jsonb, ?, now() - ? * interval '1 second')",
                agent,
                TestDatabase.PLAN,
                priority,
                secondsAgo);
    }
}

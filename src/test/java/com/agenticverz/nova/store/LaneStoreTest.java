package com.agenticverz.nova.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.run.Run;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is in the lanes of the queue. That chosen runs are claimed is in {@link ClaimPickedTest}. */
class LaneStoreTest {

    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.create();

    private static final UUID NODE = new UUID(0, 0xa);
    private static final int MANY = 1000;

    private final LaneStore lanes = DATABASE.database().lanes();
    private final RunStore runs = DATABASE.database().runs();
    private long epoch;

    @BeforeEach
    void startAfresh() {
        DATABASE.execute("DELETE FROM runs; DELETE FROM claims; DELETE FROM leases");
        epoch = DATABASE.database()
                .leases()
                .acquire("poller", "test", Duration.ofHours(1))
                .orElseThrow();
    }

    // active

    @Test
    void anEmptyQueueHasNoLanes() {
        insert("a", "status", "'succeeded'");
        insert("b", "next_attempt_at", "now() + interval '1 hour'");

        assertThat(lanes.active(false, MANY)).isEmpty();
        assertThat(lanes.active(true, MANY)).isEmpty();
    }

    @Test
    void everyAgentWithAQueuedRunIsALane() {
        for (var agent : List.of("b", "a", "b", "c", "a")) {
            insert(agent, "priority", "7");
        }
        insert("d", "status", "'running'");

        assertThat(lanes.active(false, MANY)).containsExactly(lane("a"), lane("b"), lane("c"));
    }

    @Test
    void everyPriorityOfAnAgentIsALaneOfItsOwnWhereItIsAskedFor() {
        for (var priority : List.of("0", "-5", "1000000", "-1000000", "0", "3")) {
            insert("a", "priority", priority);
        }
        insert("b", "priority", "3");

        assertThat(lanes.active(true, MANY))
                .containsExactly(
                        new Lane("a", -1_000_000),
                        new Lane("a", -3),
                        new Lane("a", 0),
                        new Lane("a", 5),
                        new Lane("a", 1_000_000),
                        new Lane("b", -3));
        assertThat(lanes.active(false, MANY)).containsExactly(lane("a"), lane("b"));
    }

    @Test
    void thereAreNoMoreLanesThanAskedFor() {
        for (int i = 0; i < 9; i++) {
            insert("agent " + i, "priority", "" + i % 2);
        }

        assertThat(lanes.active(false, 4)).hasSize(4).doesNotHaveDuplicates();
        assertThat(lanes.active(true, 4)).hasSize(4).doesNotHaveDuplicates();
        assertThat(lanes.active(false, 0)).isEmpty();
    }

    /** Those that collations put together, ignore, or order in another way than by bytes. */
    private static final List<String> ODD_NAMES = List.of(
            "",
            " ",
            "  ",
            "A",
            "a",
            "B",
            "b",
            "ä",
            "a\u0308",
            "Ä",
            "co-op",
            "coop",
            "CO-OP",
            "NULL",
            "null",
            "{}",
            "{\"a\",b}",
            "a,b",
            "\"",
            "'",
            "\\",
            "\\N",
            "%",
            "_",
            "\t",
            "a\nb",
            "\u0001",
            "\u00e9",
            "\uffff",
            "😀",
            "ß",
            "ss",
            "İ",
            "ı",
            "x".repeat(1000));

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void noLaneIsPassedOverAndNoneIsFoundTwiceWhateverItsName(boolean byPriority) {
        for (var name : ODD_NAMES) {
            insert(name, "priority", "1");
            insert(name, "priority", "2");
        }

        var found = lanes.active(byPriority, MANY);

        assertThat(found).doesNotHaveDuplicates().hasSize(ODD_NAMES.size() * (byPriority ? 2 : 1));
        assertThat(found).extracting(Lane::agentId).containsAll(ODD_NAMES);
        assertThat(lanes.peek(found.stream().map(it -> look(it, 9)).toList(), true))
                .allSatisfy(runs -> assertThat(runs).hasSize(byPriority ? 1 : 2))
                .flatExtracting(it -> it)
                .extracting(Queued::id)
                .doesNotHaveDuplicates();
    }

    // peek

    @Test
    void nothingIsFoundWhereNobodyLooks() {
        insert("a");

        assertThat(lanes.peek(List.of(), true)).isEmpty();
        assertThat(lanes.peek(List.of(look(lane("nobody"), 3), look(lane("a"), 0)), false))
                .containsExactly(List.of(), List.of());
    }

    @Test
    void theNextRunsOfALaneComeInTheOrderOfTheClaimAndThoseOfOthersAreOthers() {
        insert("a", "priority, created_at", "0, now() - interval '1 minute'");
        insert("a", "priority, created_at", "0, now() - interval '1 hour'");
        insert("a", "priority, created_at", "-1000000, now() - interval '1 day'");
        insert("a", "priority, created_at", "1000000, now()");
        for (int i = 0; i < 9; i++) {
            // Their ids have all first bytes, and so both signs.
            insert("a", "id, created_at", "'" + new UUID((long) i << 61, i) + "', '2001-02-03T04:05:06.789Z'");
            insert("b");
        }

        var found = lanes.peek(List.of(look(lane("a"), MANY), look(lane("b"), 2)), false);

        assertThat(found.getFirst())
                .extracting(Queued::id)
                .isEqualTo(orderOfTheClaim("a"))
                .hasSize(13);
        assertThat(found.getFirst()).as("as Java orders them").isSortedAccordingTo(Comparator.comparing(Queued::place));
        assertThat(found.getLast())
                .extracting(Queued::id)
                .isEqualTo(orderOfTheClaim("b").subList(0, 2));
    }

    @Test
    void aLaneThatIsAskedForTwiceIsAnsweredTwice() {
        var run = insert("a");

        assertThat(lanes.peek(List.of(look(lane("a"), 3), look(lane("b"), 3), look(lane("a"), 3)), false))
                .extracting(it -> it.stream().map(Queued::id).toList())
                .containsExactly(List.of(run), List.of(), List.of(run));
    }

    @Test
    void aRunIsSaidAsItsRowHasIt() {
        var run = insert(
                "a",
                "attempts, priority, created_at, concurrency_key, plan",
                "4, 7, '2020-01-02T03:04:05.678901Z', 'a key', '{\"steps\": [{\"skill\": \"noop\"}]}'");

        assertThat(lanes.peek(List.of(look(lane("a"), 3)), true).getFirst())
                .containsExactly(new Queued(
                        run, 4, "a", new LanePlace(-7, 1_577_934_245_678_901L, run), "a key", List.of("noop")));
        assertThat(lanes.peek(List.of(look(lane("a"), 3)), false).getFirst())
                .extracting(Queued::skills)
                .containsExactly(List.of());
    }

    @Test
    void aRunWithoutAKeyHasNone() {
        insert("a");

        assertThat(peek("a", 1)).extracting(Queued::concurrencyKey).containsOnlyNulls();
    }

    /** Each a microsecond after the other, wherever in time PostgreSQL can tell them apart. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "4713-01-01 00:00:00+00 BC",
                "0001-01-01 00:00:00.000001+00 BC",
                "1582-10-10 12:00:00.5+00",
                "1969-12-31 23:59:59.999997+00",
                "2026-11-01 05:59:59.999997+00",
                "2255-06-05 23:47:34.740990+00",
                "9999-12-31 23:59:59.999997+00",
                "29999-07-06 05:04:03.123457+00",
                "294240-12-31 23:59:59.000001+00"
            })
    void whoLooksOnwardFromRunToRunSeesEachOnceWheneverItWasCreated(String moment) {
        for (int i = 0; i < 7; i++) {
            insert("a", "created_at", "'" + moment + "'::timestamptz + " + i + " * interval '1 microsecond'");
        }

        var seen = new ArrayList<UUID>();
        var from = lane("a").start();
        for (int i = 0; i < 7; i++) {
            var found = lanes.peek(List.of(new LaneStore.Look(lane("a"), from, 1)), false)
                    .getFirst();
            assertThat(found).hasSize(1);
            seen.add(found.getFirst().id());
            from = found.getFirst().place();
        }

        assertThat(seen).isEqualTo(orderOfTheClaim("a"));
        assertThat(lanes.peek(List.of(new LaneStore.Look(lane("a"), from, 1)), false))
                .containsExactly(List.of());
    }

    /** Its place cannot be told from that of others of its last years, but it is found and claimed. */
    @Test
    void aRunOfTheLastDayThereIsHoldsUpNoLane() {
        insert("a", "created_at", "'294276-12-31 23:59:59+00'");
        insert("a");

        assertThat(peek("a", 9)).extracting(Queued::id).isEqualTo(orderOfTheClaim("a"));
        assertThat(claim(peek("a", 9)).runs()).hasSize(2);
    }

    @Test
    void runsOfOneMomentAreToldApartByTheirIds() {
        for (int i = 0; i < 8; i++) {
            insert("a", "id, created_at", "gen_random_uuid(), '2001-02-03T04:05:06Z'");
        }

        var all = peek("a", 8);

        for (int i = 0; i < 8; i++) {
            assertThat(lanes.peek(
                                    List.of(new LaneStore.Look(
                                            lane("a"), all.get(i).place(), 8)),
                                    false)
                            .getFirst())
                    .isEqualTo(all.subList(i + 1, 8));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1_000_000, -1, 0, 1, 1_000_000})
    void aLaneOfOnePriorityHasNoRunOfAnother(int priority) {
        for (int other : new int[] {-1_000_000, -1, 0, 1, 1_000_000}) {
            insert("a", "priority", "" + other);
            insert("b", "priority", "" + other);
        }

        assertThat(lanes.peek(List.of(look(new Lane("a", -priority), MANY)), false)
                        .getFirst())
                .extracting(Queued::agentId, it -> it.place().rank())
                .containsExactly(tuple("a", -priority));
    }

    @Test
    void theStartOfALaneIsBeforeTheRunThatIsFirstInEveryRespect() {
        var run = insert("a", "id, priority, created_at", "'" + new UUID(0, 0) + "', 1000000, '4713-01-01+00 BC'");

        assertThat(lanes.peek(List.of(look(lane("a"), 1), look(new Lane("a", -1_000_000), 1)), false))
                .extracting(it -> it.getFirst().id())
                .containsExactly(run, run);
    }

    @Test
    void onlyWhatTheClaimWouldTakeIsFound() {
        var found = Stream.of(
                        insert("a"),
                        insert("a", "attempts", "999999999"),
                        insertWith("next_attempt_at = now() - interval '1 hour'"),
                        insertWith("next_attempt_at = '-infinity'"),
                        insertWith("expires_at = now() + interval '1 hour'"),
                        insertWith("expires_at = 'infinity'"),
                        insertWith("expires_at = now() - interval '1 hour', attempts = 1"))
                .toList();
        insert("a", "attempts", "1000000000");
        insert("a", "status", "'retry'");
        insertWith("next_attempt_at = now() + interval '1 hour'");
        insertWith("next_attempt_at = 'infinity'");
        insertWith("expires_at = now() - interval '1 hour'");
        insertWith("expires_at = '-infinity'");

        assertThat(peek("a", MANY)).extracting(Queued::id).containsExactlyInAnyOrderElementsOf(found);
        var claimed = (ClaimResult.Claimed) runs.claim(epoch, NODE, MANY, Position.START, List.of(), 3);
        assertThat(claimed.runs()).extracting(Run::id).containsExactlyInAnyOrderElementsOf(found);
    }

    // skills

    @Test
    void theSkillsOfAPlanAreSaidOnceEach() {
        insert(
                "a",
                "plan",
                "'{\"steps\": [{\"skill\": \"b\"}, {\"skill\": \"a\"}, {\"skill\": \"b\"}, {\"skill\": \"ü\\\"\\\\,{}\"}]}'");

        assertThat(peek("a", 1).getFirst().skills()).containsExactlyInAnyOrder("a", "b", "ü\"\\,{}");
    }

    /** Its node says what is wrong with it; nobody waits for a skill that it does not name. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "1",
                "\"steps\"",
                "true",
                "[]",
                "{}",
                "[{\"steps\": [{\"skill\": \"x\"}]}]",
                "{\"steps\": null}",
                "{\"steps\": 1}",
                "{\"steps\": \"skill\"}",
                "{\"steps\": []}",
                "{\"steps\": {\"skill\": \"x\"}}",
                "{\"steps\": [null, 1, \"skill\", [], {}, [{\"skill\": \"x\"}]]}",
                "{\"steps\": [[[{\"skill\": \"x\"}]]]}",
                "{\"steps\": [{\"skill\": null}]}",
                "{\"steps\": [{\"skill\": 1}]}",
                "{\"steps\": [{\"skill\": [\"x\"]}]}",
                "{\"steps\": [{\"skill\": {\"skill\": \"x\"}}]}",
                "{\"steps\": [{\"params\": {\"skill\": \"x\"}}]}",
                "{\"skill\": \"x\"}"
            })
    void aPlanWithNonsenseInItNamesNoSkill(String plan) {
        insert("a", "plan", "'" + plan + "'");

        assertThat(peek("a", 1)).extracting(Queued::skills).containsExactly(List.of());
        claim(peek("a", 1));
        assertThat(inUse(true)).extracting(InUse::skills).containsExactly(List.of());
    }

    @Test
    void theGoodStepsOfABadPlanNameTheirs() {
        insert(
                "a",
                "plan",
                "'{\"steps\": [1, {\"skill\": 2}, {}, {\"skill\": \"x\"}, [], {\"skill\": [\"z\"]}, {\"skill\": \"y\"}]}'");

        assertThat(peek("a", 1).getFirst().skills()).containsExactlyInAnyOrder("x", "y");
    }

    // in use

    @Test
    void whatIsQueuedScheduledOrOverIsNotInUse() {
        insert("a");
        for (var status : List.of("scheduled", "retry", "succeeded", "failed", "cancelled")) {
            insert("a", "status", "'" + status + "'");
        }

        assertThat(inUse(true)).isEmpty();
    }

    @Test
    void aClaimedRunIsInUseOnceBeforeAndAfterItsMark() {
        var run = insert("a", "attempts, concurrency_key, plan", "2, 'k', '{\"steps\": [{\"skill\": \"noop\"}]}'");
        var claimed = claim(peek("a", 1));
        var inUse = new InUse(new Fence(run, claimed.claimId(), 2), "a", "k", List.of("noop"));

        assertThat(inUse(true)).containsExactly(inUse);

        assertThat(lanes.inUse(epoch, true, false)).contains(List.of(inUse));
        mark(inUse.fence());
        assertThat(lanes.inUse(epoch, true, false)).as("not the whole").contains(List.of());
        assertThat(inUse(true)).containsExactly(inUse);
        assertThat(inUse(false)).containsExactly(new InUse(inUse.fence(), "a", "k", List.of()));

        runs.release(NODE, List.of(claimed.claimId()));
        assertThat(inUse(true)).containsExactly(inUse);
    }

    @Test
    void whatIsOverIsNotInUseThoughItsClaimStillListsIt() {
        var fences = claimAll(insert("a"), insert("a"), insert("a"), insert("a"));
        for (int i = 0; i < 3; i++) {
            var status = List.of("succeeded", "retry", "cancelled").get(i);
            DATABASE.execute(
                    "UPDATE runs SET status = ?, attempts = attempts + 1 WHERE id = ?",
                    status,
                    fences.get(i).runId());
        }

        assertThat(inUse(false)).extracting(InUse::fence).containsExactly(fences.getLast());
    }

    @Test
    void aRunThatCameBackWithAnotherCountOfAttemptsIsNotTheOneThatWasClaimed() {
        var fence = claimAll(insert("a")).getFirst();
        DATABASE.execute("UPDATE runs SET attempts = attempts + 1 WHERE id = ?", fence.runId());

        assertThat(inUse(false)).isEmpty();
    }

    @Test
    void aRunThatSeveralClaimsListIsInUseUnderEach() {
        var run = insert("a");
        var queued = peek("a", 1);
        var one = claim(queued).claimId();
        var other = claim(queued).claimId();

        assertThat(inUse(false))
                .extracting(InUse::fence)
                .containsExactlyInAnyOrder(new Fence(run, one, 0), new Fence(run, other, 0));
    }

    @Test
    void aRunThatWasMarkedByHandIsInUseUnderNoClaim() {
        var run = insert("a", "status", "'running'");

        assertThat(inUse(false))
                .extracting(it -> it.fence().runId(), it -> it.fence().claimId())
                .containsExactly(tuple(run, 0L));
    }

    @Test
    void whatADeadNodeHoldsIsInUseUntilItIsRescued() {
        var fences = claimAll(insert("a"), insert("a"));
        mark(fences.getFirst());
        assertThat(inUse(false)).extracting(InUse::fence).containsExactlyInAnyOrderElementsOf(fences);

        runs.rescue(NODE, 3);

        assertThat(inUse(false)).isEmpty();
    }

    @Test
    void whatIsHandedBackIsNotInUse() {
        var fences = claimAll(insert("a"), insert("a"), insert("a"));
        mark(fences.get(0));
        runs.handBack(fences.subList(0, 2), List.of());

        assertThat(inUse(false)).extracting(InUse::fence).containsExactly(fences.getLast());
    }

    @Test
    void deletedRunsAndEmptyClaimsAreNotInUse() {
        claimAll(insert("a"));
        DATABASE.execute("DELETE FROM runs");
        DATABASE.execute("INSERT INTO claims (node_id, epoch, run_ids, attempts) VALUES (?, 1, '{}', '{}')", NODE);

        assertThat(inUse(true)).isEmpty();
    }

    // helpers

    private static Lane lane(String agent) {
        return new Lane(agent, null);
    }

    private static LaneStore.Look look(Lane lane, int most) {
        return new LaneStore.Look(lane, lane.start(), most);
    }

    private List<Queued> peek(String agent, int most) {
        return lanes.peek(List.of(look(lane(agent), most)), true).getFirst();
    }

    private ClaimResult.Claimed claim(List<Queued> picks) {
        return (ClaimResult.Claimed) lanes.claim(epoch, NODE, picks, List.of(), 3);
    }

    private List<Fence> claimAll(UUID... ids) {
        var chosen = peek("a", MANY).stream()
                .filter(it -> Arrays.asList(ids).contains(it.id()))
                .sorted(Comparator.comparing(it -> Arrays.asList(ids).indexOf(it.id())))
                .toList();
        var claimed = claim(chosen);
        return claimed.runs().stream().map(run -> run.under(claimed.claimId())).toList();
    }

    private List<InUse> inUse(boolean withSkills) {
        return lanes.inUse(epoch, withSkills, true).orElseThrow();
    }

    private void mark(Fence fence) {
        assertThat(runs.mark(NODE, List.of(new Mark(fence, Duration.ofSeconds(1))), List.of()))
                .hasSize(1);
    }

    private static List<UUID> orderOfTheClaim(String agent) {
        return DATABASE
                .rows("SELECT id FROM runs WHERE agent_id = ? ORDER BY -priority, created_at, id", agent)
                .stream()
                .map(row -> (UUID) Objects.requireNonNull(row.get("id")))
                .toList();
    }

    private static UUID insert(String agent) {
        return insert(agent, "goal", "NULL");
    }

    private static UUID insert(String agent, String columns, String values) {
        var all = columns.contains("plan") ? columns : columns + ", plan";
        return Objects.requireNonNull(DATABASE.one(
                UUID.class,
                "INSERT INTO runs (agent_id, " + all + ") VALUES (?, " + values
                        + (columns.contains("plan") ? "" : ", '{}'") + ") RETURNING id",
                agent));
    }

    /** As if somebody had changed the row by hand. */
    private static UUID insertWith(String changes) {
        var run = insert("a");
        DATABASE.execute("UPDATE runs SET " + changes + " WHERE id = ?", run);
        return run;
    }
}

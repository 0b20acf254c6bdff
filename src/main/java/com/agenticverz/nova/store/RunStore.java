package com.agenticverz.nova.store;

import com.agenticverz.nova.run.Enqueued;
import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.run.NewRun;
import com.agenticverz.nova.run.Outcome;
import com.agenticverz.nova.run.Run;
import com.agenticverz.nova.run.RunStatus;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;

/**
 * The life of a run, a method a transition, in the order in which they happen. Each is one statement and one
 * transaction. All block; all throw JDBI's unchecked exceptions when the database is away or refuses.
 */
public final class RunStore {

    private static final int MOST_TRIES = 5;

    private final Jdbi jdbi;

    RunStore(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    /** Enqueues a run. */
    public Enqueued enqueue(NewRun run) {
        return enqueuing(connection -> Enqueuing.one(connection, run));
    }

    /**
     * Enqueues runs: all, or none where one is refused.
     *
     * @return what became of each, in their order
     */
    public List<Enqueued> enqueueAll(List<NewRun> runs) {
        return enqueuing(connection -> Enqueuing.all(connection, runs));
    }

    private interface OnConnection<T> {
        T of(Connection connection) throws SQLException;
    }

    /** Two that enqueue unique runs, or runs with the same keys, may wait for each other; the one that is undone goes again. */
    private <T> T enqueuing(OnConnection<T> statement) {
        return jdbi.withHandle(handle -> {
            for (int tries = 1; ; tries++) {
                try {
                    return statement.of(handle.getConnection());
                } catch (SQLException e) {
                    if (tries == MOST_TRIES || !Database.isConflict(e)) {
                        throw new StatementFailure(e);
                    }
                }
            }
        });
    }

    /**
     * Claims the next runs for a node, if the epoch is still the poller's.
     *
     * @param limit at most so many
     * @param position onward from here
     * @param inFlight left out, as long as their attempts are the same
     */
    public ClaimResult claim(
            long epoch, UUID node, int limit, Position position, List<Fence> inFlight, int defaultMaxAttempts) {
        return byIndex(
                Sql.named("claim"),
                statement -> claimed(statement
                        .value("epoch", epoch)
                        .value("node", node)
                        .value("limit", limit)
                        .value("rank", position.rank())
                        .value("created_at", position.createdAt())
                        .value("id", position.id())
                        .uuids("in_flight_ids", inFlight, Fence::runId)
                        .ints("in_flight_attempts", inFlight, Fence::attempts)
                        .value("default_max_attempts", defaultMaxAttempts)
                        .execute()));
    }

    private interface Use<T> {
        T of(PlainStatement statement) throws SQLException;
    }

    private <T> T byIndex(String text, Use<T> use) {
        return jdbi.withHandle(handle -> {
            try (var statement = PlainStatement.byIndex(handle.getConnection(), text)) {
                return use.of(statement);
            } catch (SQLException e) {
                throw new StatementFailure(e);
            }
        });
    }

    private static ClaimResult claimed(ResultSet rows) throws SQLException {
        if (!rows.next()) {
            return new ClaimResult.Deposed();
        }
        if (rows.getObject("id", UUID.class) == null) {
            return new ClaimResult.Empty();
        }
        long claimId = rows.getLong("claim_id");
        var runs = new ArrayList<Run>();
        // Of the last one only: to read a moment costs as much as the rest of a row.
        Position last;
        do {
            var run = runOf(rows);
            runs.add(run);
            last = rows.isLast()
                    ? new Position(rows.getInt("rank"), rows.getObject("created_at", OffsetDateTime.class), run.id())
                    : Position.START;
        } while (rows.next());
        return new ClaimResult.Claimed(claimId, runs, last);
    }

    /**
     * What a claim of a node still gives it to execute.
     *
     * @return the runs of the claim that are as it was made, in the order of the queue; none when its row is gone
     */
    public List<Run> assigned(UUID node, long claimId, int defaultMaxAttempts) {
        return jdbi.withHandle(handle -> handle.createQuery(Sql.named("assigned"))
                .bind("node", node)
                .bind("claim_id", claimId)
                .bind("default_max_attempts", defaultMaxAttempts)
                .map((row, _) -> runOf(row))
                .list());
    }

    static Run runOf(ResultSet row) throws SQLException {
        return new Run(
                row.getObject("id", UUID.class),
                row.getString("agent_id"),
                row.getString("plan"),
                row.getInt("attempts"),
                row.getInt("max_attempts"),
                row.getObject("timeout_seconds", Double.class),
                row.getLong("waited_ms"));
    }

    /**
     * Marks runs that last.
     *
     * @param finishedClaims claims that none of their runs needs any more once this is written
     * @return the runs that are marked now; one that is missing was fenced out
     */
    public Set<UUID> mark(UUID node, List<Mark> marks, Collection<Long> finishedClaims) {
        return byIndex(
                Sql.named("mark"),
                statement -> ids(statement
                        .value("node", node)
                        .uuids("ids", marks, mark -> mark.fence().runId())
                        .ints("attempts", marks, mark -> mark.fence().attempts())
                        .longs("claim_ids", marks, mark -> mark.fence().claimId())
                        .longs("age_ms", marks, mark -> mark.age().toMillis())
                        .longs("finished_claim_ids", List.copyOf(finishedClaims), it -> it)
                        .execute()));
    }

    /** Of marked runs, those that are no longer marked under their claim, whatever became of them. */
    public Set<UUID> noLongerHeld(List<Fence> fences) {
        return byIndex(
                Sql.named("no_longer_held"),
                statement -> ids(statement
                        .uuids("ids", fences, Fence::runId)
                        .longs("claim_ids", fences, Fence::claimId)
                        .execute()));
    }

    /**
     * Keeps finished steps of marked runs.
     *
     * @return the runs whose steps are kept now; one that is missing was fenced out
     */
    public Set<UUID> checkpoint(List<Checkpoint> steps) {
        return byIndex(
                Sql.named("checkpoint"),
                statement -> ids(statement
                        .uuids("run_ids", steps, it -> it.fence().runId())
                        .longs("claim_ids", steps, it -> it.fence().claimId())
                        .texts("step_ids", steps, Checkpoint::stepId)
                        .texts("skills", steps, Checkpoint::skill)
                        .texts("outputs", steps, Checkpoint::outputJson)
                        .texts("messages", steps, Checkpoint::error)
                        .ints("attempts", steps, it -> it.fence().attempt())
                        .ints("tries", steps, Checkpoint::tries)
                        .doubles("ran_ms", steps, it -> it.ran().toNanos() / 1e6)
                        .longs("ended_ms_ago", steps, it -> it.endedAgo().toMillis())
                        .execute()));
    }

    /** The steps of a run that earlier attempts have finished; in no order. */
    public List<FinishedStep> finishedSteps(UUID run) {
        return byIndex(Sql.named("finished_steps"), statement -> {
            var rows = statement.value("run_id", run).execute();
            var steps = new ArrayList<FinishedStep>();
            while (rows.next()) {
                steps.add(
                        new FinishedStep(rows.getString("step_id"), rows.getString("skill"), rows.getString("output")));
            }
            return List.copyOf(steps);
        });
    }

    /**
     * Looks for a signal on behalf of a step of a marked run, and takes it.
     *
     * @return empty: fenced out
     */
    public Optional<SignalLook> takeSignal(Fence fence, String stepId, String name) {
        return byIndex(Sql.named("take_signal"), statement -> {
            var rows = statement
                    .value("run_id", fence.runId())
                    .value("claim_id", fence.claimId())
                    .value("step_id", stepId)
                    .value("name", name)
                    .execute();
            return rows.next()
                    ? Optional.of(new SignalLook(
                            rows.getString("payload"),
                            Duration.ofMillis(rows.getLong("waited_ms")),
                            rows.getInt("seen")))
                    : Optional.empty();
        });
    }

    /**
     * Writes what skills have said of steps of marked runs.
     *
     * @param reports no step twice
     * @return the runs of which something was written; one that is missing is no longer held, or being changed
     */
    public Set<UUID> report(List<StepReport> reports) {
        return byIndex(
                Sql.named("report_steps"),
                statement -> ids(statement
                        .uuids("run_ids", reports, it -> it.fence().runId())
                        .longs("claim_ids", reports, it -> it.fence().claimId())
                        .texts("step_ids", reports, StepReport::stepId)
                        .ints("attempts", reports, it -> it.fence().attempt())
                        .maybeDoubles("fractions", reports, StepReport::fraction)
                        .texts("notes", reports, StepReport::note)
                        .texts("details", reports, StepReport::detailJson)
                        .execute()));
    }

    /** What a step said last by a heartbeat, as JSON; empty: nothing. */
    public Optional<String> heartbeatDetail(UUID run, String stepId) {
        return byIndex(Sql.named("heartbeat_detail"), statement -> {
            var row = statement.value("run_id", run).value("step_id", stepId).execute();
            return row.next() ? Optional.of(row.getString("detail")) : Optional.empty();
        });
    }

    /**
     * Writes how attempts ended.
     *
     * @param finishedClaims claims that none of their runs needs any more once this is written
     * @return the runs that are settled now; one that is missing was fenced out
     */
    public Set<UUID> settle(UUID node, List<Settlement> settlements, Collection<Long> finishedClaims) {
        return byIndex(Sql.named("settle"), statement -> {
            var fencedOut = ids(statement
                    .value("node", node)
                    .uuids("ids", settlements, it -> it.fence().runId())
                    .ints("attempts", settlements, it -> it.fence().attempts())
                    .longs("claim_ids", settlements, it -> it.fence().claimId())
                    .booleans("maybe_unmarked", settlements, Settlement::maybeUnmarked)
                    .booleans("maybe_marked", settlements, Settlement::maybeMarked)
                    .texts("statuses", settlements, it -> it.outcome().status().column())
                    .texts("results", settlements, it -> result(it.outcome()))
                    .texts("messages", settlements, it -> message(it.outcome()))
                    .maybeLongs("retry_ms", settlements, it -> retryMillis(it.outcome()))
                    .doubles("ran_ms", settlements, it -> it.ran().toNanos() / 1e6)
                    .longs("ended_ms_ago", settlements, it -> it.endedAgo().toMillis())
                    .longs("finished_claim_ids", List.copyOf(finishedClaims), it -> it)
                    .execute());
            var settled = new HashSet<UUID>(2 * settlements.size());
            settlements.forEach(it -> settled.add(it.fence().runId()));
            // Few, if any: to send back those that were settled would cost more.
            settled.removeAll(fencedOut);
            return settled;
        });
    }

    private static @Nullable String result(Outcome outcome) {
        return outcome instanceof Outcome.Succeeded(var resultJson) ? resultJson : null;
    }

    private static @Nullable String message(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Succeeded _, Outcome.Snoozed _ -> null;
            case Outcome.Retry(var message, var _) -> message;
            case Outcome.Failed(var message) -> message;
        };
    }

    private static @Nullable Long retryMillis(Outcome outcome) {
        return outcome instanceof Outcome.Retry(var _, var delay) ? delay.toMillis() : null;
    }

    /** What rows say now; a deleted run is missing. */
    public List<RowState> readBack(Collection<UUID> ids) {
        return jdbi.withHandle(handle -> handle.createQuery(Sql.named("read_back"))
                .bindArray("ids", UUID.class, List.copyOf(ids))
                .map((row, _) -> new RowState(
                        row.getObject("id", UUID.class),
                        row.getString("agent_id"),
                        RunStatus.ofColumn(row.getString("status")),
                        row.getInt("attempts"),
                        row.getObject("claim_id", Long.class)))
                .list());
    }

    /**
     * Gives marked runs back to the queue with their attempt.
     *
     * @return the runs that are queued again; one that is missing was fenced out
     */
    public Set<UUID> handBack(List<Fence> fences, Collection<Long> finishedClaims) {
        var none = Collections.<@Nullable Long>nCopies(fences.size(), null);
        return handBack(
                fences,
                none,
                Collections.nCopies(fences.size(), null),
                none,
                Collections.nCopies(fences.size(), true),
                finishedClaims);
    }

    /**
     * Puts marked runs to sleep, and gives them their attempt back. Those to which more signals have been sent than they
     * have seen are queued again instead.
     *
     * @return the runs that are scheduled or queued now; one that is missing was fenced out
     */
    public Set<UUID> snooze(List<Sleeper> sleepers, Collection<Long> finishedClaims) {
        return handBack(
                column(sleepers, Sleeper::fence),
                column(sleepers, it -> it.duration().toMillis()),
                column(sleepers, Sleeper::waitsFor),
                column(
                        sleepers,
                        it -> it.signalsSeen() == null ? null : it.signalsSeen().longValue()),
                column(sleepers, Sleeper::started),
                finishedClaims);
    }

    private Set<UUID> handBack(
            List<Fence> fences,
            List<? extends @Nullable Long> delaysMillis,
            List<? extends @Nullable String> waitsFor,
            List<? extends @Nullable Long> signalsSeen,
            List<Boolean> started,
            Collection<Long> finishedClaims) {
        return byIndex(
                Sql.named("hand_back"),
                statement -> ids(statement
                        .uuids("ids", fences, Fence::runId)
                        .longs("claim_ids", fences, Fence::claimId)
                        .maybeLongs("delays_ms", delaysMillis, it -> it)
                        .texts("waits_for", waitsFor, it -> it)
                        .maybeLongs("signals_seen", signalsSeen, it -> it)
                        .booleans("started", started, it -> it)
                        .longs("finished_claim_ids", List.copyOf(finishedClaims), it -> it)
                        .execute()));
    }

    /**
     * Lets claims of a node go that nobody works on.
     *
     * @return the runs that their rows listed
     */
    public List<Fence> release(UUID node, Collection<Long> claims) {
        return jdbi.withHandle(handle -> handle.createQuery(Sql.named("release"))
                .bind("node", node)
                .bindArray("claim_ids", Long.class, List.copyOf(claims))
                .map((row, _) ->
                        new Fence(row.getObject("id", UUID.class), row.getLong("claim_id"), row.getInt("attempts")))
                .list());
    }

    /** Brings back what a node held that is gone, and forgets the node. */
    public Rescued rescue(UUID node, int defaultMaxAttempts) {
        return byIndex(Sql.named("rescue"), statement -> {
            var requeued = new ArrayList<UUID>();
            var failed = new ArrayList<UUID>();
            var rows = statement
                    .value("node", node)
                    .value("default_max_attempts", defaultMaxAttempts)
                    .execute();
            while (rows.next()) {
                (rows.getString("status").equals("failed") ? failed : requeued).add(rows.getObject("id", UUID.class));
            }
            return new Rescued(List.copyOf(requeued), List.copyOf(failed));
        });
    }

    /**
     * Moves runs that are due into the queue.
     *
     * @param limit at most so many
     * @param from those that are due from this moment on; {@link OffsetDateTime#MIN}: all
     */
    public Promotion promote(int limit, OffsetDateTime from) {
        return byIndex(
                Sql.named("promote"),
                statement -> promotion(
                        statement.value("limit", limit).value("from", from).execute()));
    }

    private static Promotion promotion(ResultSet row) throws SQLException {
        row.next();
        var nextDueMillis = row.getObject("next_due_ms", Long.class);
        return new Promotion(
                row.getInt("promoted"),
                nextDueMillis == null ? null : Duration.ofMillis(nextDueMillis),
                row.getObject("done_to", OffsetDateTime.class));
    }

    /** Every run that a claim lists. */
    public List<InFlight> inFlight() {
        return jdbi.withHandle(handle -> handle.createQuery(Sql.named("in_flight"))
                .map((row, _) -> new InFlight(
                        row.getLong("claim_id"),
                        row.getObject("node_id", UUID.class),
                        row.getObject("id", UUID.class),
                        row.getInt("attempts")))
                .list());
    }

    /** Runs that wait: queued and retry. Walks two indexes; with a million rows it takes a noticeable moment. */
    public long countWaiting() {
        return jdbi.withHandle(handle ->
                handle.createQuery(Sql.named("count_waiting")).mapTo(Long.class).one());
    }

    /** Says whether an insert is to wake the poller. */
    public void setIdle(long epoch, boolean idle) {
        PlainStatement.waitingBriefly(
                jdbi,
                Sql.named("set_idle"),
                statement -> statement.value("epoch", epoch).value("idle", idle).update());
    }

    void notifyListeners(String channel, String payload) {
        jdbi.useHandle(handle -> handle.createQuery("SELECT 1 FROM pg_notify(:channel, :payload)")
                .bind("channel", channel)
                .bind("payload", payload)
                .mapTo(Integer.class)
                .list());
    }

    private static <T, C extends @Nullable Object> List<C> column(Collection<T> rows, Function<T, C> value) {
        var column = new ArrayList<C>(rows.size());
        for (var row : rows) {
            column.add(value.apply(row));
        }
        return column;
    }

    private static Set<UUID> ids(ResultSet rows) throws SQLException {
        var ids = new HashSet<UUID>();
        while (rows.next()) {
            ids.add(rows.getObject("id", UUID.class));
        }
        return ids;
    }
}

package com.agenticverz.nova.store;

import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.run.Run;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;

/**
 * The queue, lane by lane: what the poller looks at, and claims, where not every run of the queue may be next. All methods
 * block; all throw unchecked exceptions when the database is away or refuses.
 */
public final class LaneStore {

    /**
     * Where to look in a lane.
     *
     * @param after onward from here
     * @param most at most so many runs
     */
    public record Look(Lane lane, LanePlace after, int most) {}

    private final Jdbi jdbi;

    LaneStore(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    private <T> T byIndex(String text, PlainStatement.Use<T> use) {
        return jdbi.withHandle(handle -> {
            try (var statement = PlainStatement.byIndex(handle.getConnection(), text)) {
                return use.of(statement);
            } catch (SQLException e) {
                throw new StatementFailure(e);
            }
        });
    }

    /**
     * The lanes that have a queued run, in the order of their agents' names. What is in flight counts as queued until it is
     * marked.
     *
     * @param byPriority whether each priority of an agent is a lane of its own
     * @param limit at most so many
     */
    public List<Lane> active(boolean byPriority, int limit) {
        return byIndex(Sql.named("active_lanes"), statement -> {
            var rows = statement
                    .value("by_priority", byPriority)
                    .value("limit", limit)
                    .execute();
            var lanes = new ArrayList<Lane>();
            while (rows.next()) {
                lanes.add(new Lane(rows.getString("agent_id"), byPriority ? rows.getInt("rank") : null));
            }
            return lanes;
        });
    }

    /**
     * The next runs of lanes that are due, in their order.
     *
     * @param withSkills whether to say their skills, for which their plans have to be read
     * @return for each of the looks, in the same order, what was found
     */
    public List<List<Queued>> peek(List<Look> looks, boolean withSkills) {
        return byIndex(Sql.named("peek"), statement -> {
            var rows = statement
                    .value("with_skills", withSkills)
                    .texts("agent_ids", looks, it -> it.lane().agentId())
                    .ints("ranks", looks, it -> it.after().rank())
                    .maybeLongs("created_us", looks, it -> it.after().createdMicros())
                    .uuids("ids", looks, it -> it.after().id())
                    .ints("last_ranks", looks, it -> it.lane().lastRank())
                    .ints("most", looks, Look::most)
                    .execute();
            var found = new ArrayList<List<Queued>>(looks.size());
            looks.forEach(_ -> found.add(new ArrayList<>()));
            while (rows.next()) {
                int look = rows.getInt("lane") - 1;
                var id = rows.getObject("id", UUID.class);
                found.get(look)
                        .add(new Queued(
                                id,
                                rows.getInt("attempts"),
                                looks.get(look).lane().agentId(),
                                new LanePlace(rows.getInt("rank"), rows.getLong("created_us"), id),
                                rows.getString("concurrency_key"),
                                texts(rows.getArray("skills"))));
            }
            return found;
        });
    }

    /**
     * Claims chosen runs for a node, if the epoch is still the poller's.
     *
     * @param picks in the order in which they are to be executed
     * @param spent how full the buckets are once these are started; written with the claim
     * @return claimed are those that are still as they were chosen; the place of the last one says nothing
     */
    public ClaimResult claim(long epoch, UUID node, List<Queued> picks, List<Bucket> spent, int defaultMaxAttempts) {
        return byIndex(
                Sql.named("claim_picked"),
                statement -> claimed(statement
                        .value("epoch", epoch)
                        .value("node", node)
                        .uuids("ids", picks, Queued::id)
                        .ints("picked_attempts", picks, Queued::attempts)
                        .texts("bucket_kinds", spent, it -> column(it.kind()))
                        .texts("bucket_names", spent, Bucket::name)
                        .longs("full_in_us", spent, Bucket::fullInMicros)
                        .value("default_max_attempts", defaultMaxAttempts)
                        .execute()));
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
        do {
            runs.add(RunStore.runOf(rows));
        } while (rows.next());
        return new ClaimResult.Claimed(claimId, runs, Position.START);
    }

    /**
     * Every run that counts for limits. No claim that is still being written is missing: it waits for those. In one message,
     * so that it ends, and lets go of the lease, even where nobody is there any more to read the answer.
     *
     * @param withSkills whether to say their skills, for which their plans have to be read
     * @param whole whether those that are marked are wanted as well; to find them may take long, see {@link Patience}
     * @return empty: the lease has changed hands
     */
    public Optional<List<InUse>> inUse(long epoch, boolean withSkills, boolean whole) {
        return byIndex(Sql.named("lock_claims") + ";\n" + Sql.named("in_use"), statement -> {
            boolean isOurs = statement
                    .value("epoch", epoch)
                    .value("with_skills", withSkills)
                    .value("whole", whole)
                    .execute()
                    .next();
            return isOurs ? Optional.of(inUse(statement.following())) : Optional.empty();
        });
    }

    private static List<InUse> inUse(ResultSet rows) throws SQLException {
        var all = new ArrayList<InUse>();
        while (rows.next()) {
            all.add(new InUse(
                    new Fence(rows.getObject("id", UUID.class), rows.getLong("claim_id"), rows.getInt("attempts")),
                    rows.getString("agent_id"),
                    rows.getString("concurrency_key"),
                    texts(rows.getArray("skills"))));
        }
        return all;
    }

    /**
     * Cancels runs that were not started in time. To be made between claims, not beside one.
     *
     * @param limit at most so many
     */
    public List<Expired> expire(long epoch, int limit) {
        return byIndex(Sql.named("expire"), statement -> {
            var rows = statement.value("epoch", epoch).value("limit", limit).execute();
            var expired = new ArrayList<Expired>();
            while (rows.next()) {
                expired.add(new Expired(rows.getObject("id", UUID.class), rows.getString("agent_id")));
            }
            return expired;
        });
    }

    static String column(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private static List<String> texts(@Nullable Array array) throws SQLException {
        return array == null ? List.of() : List.of((String[]) array.getArray());
    }
}

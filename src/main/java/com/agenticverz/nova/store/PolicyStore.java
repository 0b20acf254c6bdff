package com.agenticverz.nova.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jdbi.v3.core.Jdbi;

/**
 * What steers the poller, and what it says of the queue. All methods block, but not for long where somebody has
 * locked a row: nothing is claimed meanwhile.
 */
public final class PolicyStore {

    private final Jdbi jdbi;

    PolicyStore(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    /**
     * What steers the poller now.
     *
     * @param withBuckets whether to read how far rates are used up; only whoever has not written that needs it
     */
    public Policy read(boolean withBuckets) {
        var agents = new HashSet<String>();
        var skills = new HashSet<String>();
        boolean all = pauses(agents, skills);
        var skillsOfNodes = new HashMap<UUID, Set<String>>();
        var silent = new HashSet<UUID>();
        nodes(skillsOfNodes, silent);
        return new Policy(
                limits(),
                all,
                Set.copyOf(agents),
                Set.copyOf(skills),
                Map.copyOf(skillsOfNodes),
                Set.copyOf(silent),
                withBuckets ? buckets() : null);
    }

    private interface Each<T> {
        T of(ResultSet row) throws SQLException;
    }

    /** Each row of a statement that says nothing but what to read; without those that are empty. */
    private <T> List<T> rows(String text, Each<Optional<T>> each) {
        return PlainStatement.waitingBriefly(jdbi, text, statement -> {
            var rows = statement.execute();
            var all = new ArrayList<T>();
            while (rows.next()) {
                each.of(rows).ifPresent(all::add);
            }
            return List.copyOf(all);
        });
    }

    private List<Limit> limits() {
        return rows(Sql.named("limits"), row -> {
            var pattern = row.getString("pattern");
            var maxRunning = row.getObject("max_running", Integer.class);
            var maxStarts = row.getObject("max_starts", Integer.class);
            var perSeconds = row.getObject("per_seconds", Double.class);
            var burst = row.getObject("burst", Integer.class);
            var weight = row.getObject("weight", Double.class);
            return known(Limit.Kind.class, row.getString("kind"))
                    .map(it -> new Limit(it, pattern, maxRunning, maxStarts, perSeconds, burst, weight));
        });
    }

    private boolean pauses(Set<String> agents, Set<String> skills) {
        return rows(Sql.named("pauses"), row -> {
                    var kind = row.getString("kind");
                    var name = row.getString("name");
                    switch (kind) {
                        case "agent" -> agents.add(name);
                        case "skill" -> skills.add(name);
                        default -> {}
                    }
                    return Optional.of(kind.equals("all"));
                })
                .contains(true);
    }

    private void nodes(Map<UUID, Set<String>> skillsOfNodes, Set<UUID> silent) {
        rows(Sql.named("node_skills"), row -> {
            var id = row.getObject("id", UUID.class);
            var skills = row.getArray("skills");
            if (skills == null) {
                silent.add(id);
            } else {
                skillsOfNodes.put(id, Set.of((String[]) skills.getArray()));
            }
            return Optional.of(id);
        });
    }

    /** Empty for what only a newer version knows: it may share the database, and this one has to go on. */
    private static <E extends Enum<E>> Optional<E> known(Class<E> type, String column) {
        return Arrays.stream(type.getEnumConstants())
                .filter(it -> LaneStore.column(it).equals(column))
                .findFirst();
    }

    private List<Bucket> buckets() {
        return rows(Sql.named("buckets"), row -> {
            var name = row.getString("name");
            long fullInMicros = row.getLong("full_in_us");
            return known(Limit.Kind.class, row.getString("kind")).map(it -> new Bucket(it, name, fullInMicros));
        });
    }

    /** What queued runs wait for, as a poller said last. */
    public List<QueueWait> queueWaits() {
        return rows(Sql.named("queue_waits"), row -> {
            var name = row.getString("name");
            return known(QueueWait.Reason.class, row.getString("kind")).map(it -> new QueueWait(it, name));
        });
    }

    /** Says what queued runs wait for, if the epoch is still the poller's. */
    public void sayQueueWaits(long epoch, List<QueueWait> waits) {
        PlainStatement.waitingBriefly(
                jdbi,
                Sql.named("say_queue_waits"),
                statement -> statement
                        .value("epoch", epoch)
                        .texts("kinds", waits, it -> LaneStore.column(it.reason()))
                        .texts("names", waits, QueueWait::name)
                        .update());
    }
}

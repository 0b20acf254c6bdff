package com.agenticverz.nova.store;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/** What steers the poller, and what it says of the queue. All methods block. */
public final class PolicyStore {

    private static final String ALL = "all";
    private static final String AGENT = "agent";

    private final Jdbi jdbi;

    PolicyStore(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    /** What steers the poller now. */
    public Policy read() {
        return jdbi.withHandle(handle -> {
            var limits = handle.createQuery(Sql.named("limits"))
                    .map((row, _) -> new Limit(
                            Limit.Kind.valueOf(row.getString("kind").toUpperCase(Locale.ROOT)),
                            row.getString("pattern"),
                            row.getObject("max_running", Integer.class),
                            row.getObject("max_starts", Integer.class),
                            row.getObject("per_seconds", Double.class),
                            row.getObject("burst", Integer.class),
                            row.getObject("weight", Double.class)))
                    .list();
            var agents = new HashSet<String>();
            var skills = new HashSet<String>();
            boolean all = pauses(handle, agents, skills);
            var skillsOfNodes = new HashMap<UUID, Set<String>>();
            var silent = new HashSet<UUID>();
            nodes(handle, skillsOfNodes, silent);
            return new Policy(
                    limits,
                    all,
                    Set.copyOf(agents),
                    Set.copyOf(skills),
                    Map.copyOf(skillsOfNodes),
                    Set.copyOf(silent),
                    buckets(handle));
        });
    }

    private static boolean pauses(Handle handle, Set<String> agents, Set<String> skills) {
        return handle.createQuery(Sql.named("pauses"))
                .map((row, _) -> {
                    var kind = row.getString("kind");
                    if (kind.equals(ALL)) {
                        return true;
                    }
                    (kind.equals(AGENT) ? agents : skills).add(row.getString("name"));
                    return false;
                })
                .list()
                .contains(true);
    }

    private static void nodes(Handle handle, Map<UUID, Set<String>> skillsOfNodes, Set<UUID> silent) {
        handle.createQuery(Sql.named("node_skills"))
                .map((row, _) -> {
                    var id = row.getObject("id", UUID.class);
                    var skills = row.getArray("skills");
                    if (skills == null) {
                        silent.add(id);
                    } else {
                        skillsOfNodes.put(id, Set.of((String[]) skills.getArray()));
                    }
                    return id;
                })
                .list();
    }

    private static List<Bucket> buckets(Handle handle) {
        return handle.createQuery(Sql.named("buckets"))
                .map((row, _) -> new Bucket(
                        Limit.Kind.valueOf(row.getString("kind").toUpperCase(Locale.ROOT)),
                        row.getString("name"),
                        row.getLong("full_in_us")))
                .list();
    }

    /** What queued runs wait for, as a poller said last. */
    public List<QueueWait> queueWaits() {
        return jdbi.withHandle(handle -> handle.createQuery(Sql.named("queue_waits"))
                .map((row, _) -> new QueueWait(
                        QueueWait.Reason.valueOf(row.getString("kind").toUpperCase(Locale.ROOT)),
                        row.getString("name")))
                .list());
    }

    /** Says what queued runs wait for, if the epoch is still the poller's. */
    public void sayQueueWaits(long epoch, List<QueueWait> waits) {
        jdbi.useHandle(handle -> handle.createUpdate(Sql.named("say_queue_waits"))
                .bind("epoch", epoch)
                .bindArray(
                        "kinds",
                        String.class,
                        waits.stream().map(it -> LaneStore.column(it.reason())).toList())
                .bindArray(
                        "names",
                        String.class,
                        waits.stream().map(QueueWait::name).toList())
                .execute());
    }
}

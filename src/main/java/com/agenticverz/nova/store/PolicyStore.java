package com.agenticverz.nova.store;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/** What steers the poller, and what it says of the queue. All methods block. */
public final class PolicyStore {

    private final Jdbi jdbi;

    PolicyStore(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    /** What steers the poller now. */
    public Policy read() {
        return jdbi.withHandle(handle -> {
            var limits = handle
                    .createQuery(Sql.named("limits"))
                    .map((row, _) -> {
                        var kind = known(Limit.Kind.class, row.getString("kind"));
                        var pattern = row.getString("pattern");
                        var maxRunning = row.getObject("max_running", Integer.class);
                        var maxStarts = row.getObject("max_starts", Integer.class);
                        var perSeconds = row.getObject("per_seconds", Double.class);
                        var burst = row.getObject("burst", Integer.class);
                        var weight = row.getObject("weight", Double.class);
                        return kind.map(it -> new Limit(it, pattern, maxRunning, maxStarts, perSeconds, burst, weight));
                    })
                    .stream()
                    .flatMap(Optional::stream)
                    .toList();
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
                    var name = row.getString("name");
                    switch (kind) {
                        case "agent" -> agents.add(name);
                        case "skill" -> skills.add(name);
                        default -> {}
                    }
                    return kind.equals("all");
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

    /** Empty for what only a newer version knows: it may share the database, and this one has to go on. */
    private static <E extends Enum<E>> Optional<E> known(Class<E> type, String column) {
        return Arrays.stream(type.getEnumConstants())
                .filter(it -> LaneStore.column(it).equals(column))
                .findFirst();
    }

    private static List<Bucket> buckets(Handle handle) {
        return handle
                .createQuery(Sql.named("buckets"))
                .map((row, _) -> {
                    var name = row.getString("name");
                    long fullInMicros = row.getLong("full_in_us");
                    return known(Limit.Kind.class, row.getString("kind")).map(it -> new Bucket(it, name, fullInMicros));
                })
                .stream()
                .flatMap(Optional::stream)
                .toList();
    }

    /** What queued runs wait for, as a poller said last. */
    public List<QueueWait> queueWaits() {
        return jdbi.withHandle(handle -> handle
                .createQuery(Sql.named("queue_waits"))
                .map((row, _) -> {
                    var name = row.getString("name");
                    return known(QueueWait.Reason.class, row.getString("kind")).map(it -> new QueueWait(it, name));
                })
                .stream()
                .flatMap(Optional::stream)
                .toList());
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

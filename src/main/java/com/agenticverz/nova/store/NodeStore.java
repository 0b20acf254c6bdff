package com.agenticverz.nova.store;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;

/** Who lives, and who holds what. All methods block. */
public final class NodeStore {

    private static final String FORMATION = "formation";
    /** "form" in ASCII. */
    private static final long FORMATION_LOCK = 0x666f726dL;

    private final Jdbi jdbi;

    NodeStore(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    /** Says for the first time that a node lives. */
    public void register(NodeRow node) {
        jdbi.useTransaction(handle -> register(handle, node));
    }

    private static void register(Handle handle, NodeRow node) {
        var names = List.copyOf(node.skills().keySet());
        boolean first = handle.createQuery(Sql.named("register"))
                .bind("id", node.id())
                .bind("member_uid", node.memberUid())
                .bind("address", node.address())
                .bind("app_version", node.appVersion())
                .bind("concurrency", node.concurrency())
                .bind("joined", node.joined())
                .bind("draining", node.draining())
                .bindArray("skills", String.class, names)
                .bindArray(
                        "skill_versions",
                        String.class,
                        names.stream().map(node.skills()::get).toList())
                .mapTo(Boolean.class)
                .one();
        if (first) {
            NodeControlStore.takeOver(handle, node);
        }
    }

    /**
     * Says that a node lives, unless it has been rescued.
     *
     * @param withMarked whether to look for its marked runs, too
     */
    public Pulse heartbeat(NodeRow node, boolean withMarked) {
        return jdbi.withHandle(handle -> {
            var control = handle.createQuery(Sql.named("heartbeat"))
                    .bind("id", node.id())
                    .bind("concurrency", node.concurrency())
                    .bind("joined", node.joined())
                    .bind("draining", node.draining())
                    .map((row, _) -> new NodeControl(
                            row.getObject("wanted_concurrency", Integer.class), row.getBoolean("drained")))
                    .findOne();
            var held = handle.createQuery(Sql.named("holdings"))
                    .bind("node", node.id())
                    .bind("with_marked", withMarked)
                    .map((row, _) -> new Held(
                            row.getLong("claim_id"),
                            row.getObject("id", UUID.class),
                            row.getBoolean("marked"),
                            Duration.ofMillis(row.getLong("claim_age_ms"))))
                    .list();
            var polling = handle.createQuery(Sql.named("polling_member"))
                    .mapTo(Long.class)
                    .findOne()
                    .orElse(null);
            return new Pulse(control.isPresent(), held, polling, control.orElse(NodeControl.NONE));
        });
    }

    // --- formation

    /** The name of the cluster that this database makes. */
    public UUID clusterIdentity() {
        return jdbi.withHandle(handle -> handle.createQuery(Sql.named("cluster_identity"))
                .mapTo(UUID.class)
                .one());
    }

    /** The members that a node may join through. */
    public List<Peer> peers(NodeRow node) {
        return jdbi.withHandle(handle -> peers(handle, node));
    }

    /** How long ago another member at the same address was last heard of; null: there is none. */
    public @Nullable Duration twinSilent(NodeRow node) {
        return jdbi.withHandle(handle -> handle.createQuery(Sql.named("twin"))
                .bind("node", node.id())
                .bind("address", node.address())
                .map((row, _) -> {
                    var silentMillis = row.getObject("silent_ms", Long.class);
                    return Optional.ofNullable(silentMillis).map(Duration::ofMillis);
                })
                .one()
                .orElse(null));
    }

    private static List<Peer> peers(Handle handle, NodeRow node) {
        return handle.createQuery(Sql.named("peers"))
                .bind("node", node.id())
                .bind("address", node.address())
                .map((row, _) -> new Peer(
                        row.getString("address"),
                        Duration.ofMillis(row.getLong("silent_ms")),
                        row.getBoolean("draining"),
                        row.getBoolean("polls")))
                .list();
    }

    /**
     * Lets a node begin a cluster, if nobody else is about to and nobody has.
     *
     * @param known decides whether there is a cluster; asked under the lock
     * @param patience after this, another node may begin one
     * @return whether it may
     */
    public boolean mayFound(NodeRow node, Predicate<List<Peer>> known, Duration patience) {
        return jdbi.inTransaction(handle -> {
            lockFormation(handle);
            return !known.test(peers(handle, node))
                    && LeaseStore.acquire(handle, FORMATION, node.id().toString(), patience)
                            .isPresent();
        });
    }

    /** A node is a member now; whoever looks from now on finds it. */
    public void joined(NodeRow node) {
        jdbi.useTransaction(handle -> {
            lockFormation(handle);
            register(handle, node);
            LeaseStore.expire(handle, FORMATION, node.id().toString());
        });
    }

    private static void lockFormation(Handle handle) {
        handle.createQuery(Sql.named("lock_formation"))
                .bind("key", FORMATION_LOCK)
                .map((_, _) -> "")
                .one();
    }

    /** Takes a node out that holds nothing any more. */
    public void leave(UUID node) {
        jdbi.useHandle(handle ->
                handle.createUpdate(Sql.named("leave")).bind("node", node).execute());
    }

    /**
     * Everybody who holds a claim or says that it lives.
     *
     * @param withMarked also those who only hold marked runs
     */
    public List<Holder> holders(boolean withMarked) {
        return jdbi.withHandle(handle -> handle.createQuery(Sql.named("holders"))
                .bind("with_marked", withMarked)
                .map((row, _) -> {
                    var silentMillis = row.getObject("silent_ms", Long.class);
                    return new Holder(
                            row.getObject("node_id", UUID.class),
                            row.getObject("member_uid", Long.class),
                            silentMillis == null ? null : Duration.ofMillis(silentMillis));
                })
                .list());
    }
}

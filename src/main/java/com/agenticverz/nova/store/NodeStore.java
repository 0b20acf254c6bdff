package com.agenticverz.nova.store;

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.Jdbi;

/** Who lives, and who holds what. All methods block. */
public final class NodeStore {

    private final Jdbi jdbi;

    NodeStore(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    /**
     * Says that a node lives.
     *
     * @return what it holds by the tables
     */
    public List<Held> heartbeat(NodeRow node) {
        return jdbi.withHandle(handle -> {
            handle.createUpdate(Sql.named("heartbeat"))
                    .bind("id", node.id())
                    .bind("address", node.address())
                    .bind("app_version", node.appVersion())
                    .bind("concurrency", node.concurrency())
                    .bind("draining", node.draining())
                    .execute();
            return handle.createQuery(Sql.named("holdings"))
                    .bind("node", node.id())
                    .map((row, _) -> new Held(
                            row.getLong("claim_id"),
                            row.getObject("id", UUID.class),
                            row.getBoolean("marked"),
                            Duration.ofMillis(row.getLong("claim_age_ms"))))
                    .list();
        });
    }

    /** Takes a node out that holds nothing any more. */
    public void leave(UUID node) {
        jdbi.useHandle(handle ->
                handle.createUpdate(Sql.named("leave")).bind("node", node).execute());
    }

    /** Everybody who holds a run or says that it lives. */
    public List<Holder> holders() {
        return jdbi.withHandle(handle -> handle.createQuery(Sql.named("holders"))
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

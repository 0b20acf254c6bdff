package com.agenticverz.nova.store;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;

/** What people want of nodes while they run. All methods block; the audit log says who has changed what. */
public final class NodeControlStore {

    /**
     * A change.
     *
     * @param was what was wanted before
     * @param is what is wanted now; the same where nothing was changed
     */
    public record Change(NodeControl was, NodeControl is) {

        /** Whether there is a difference. */
        public boolean changed() {
            return !was.equals(is);
        }
    }

    private final Jdbi jdbi;

    NodeControlStore(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    /** What is wanted, by the addresses of nodes and {@link NodeControl#ALL}; of others nothing is. */
    public Map<String, NodeControl> all() {
        return jdbi.withHandle(NodeControlStore::all);
    }

    private static Map<String, NodeControl> all(Handle handle) {
        var controls = new LinkedHashMap<String, NodeControl>();
        handle.createQuery(Sql.named("node_controls"))
                .map((row, _) -> controls.put(
                        row.getString("node"),
                        new NodeControl(row.getObject("concurrency", Integer.class), row.getBoolean("draining"))))
                .list();
        return controls;
    }

    /**
     * The node is to take no new runs, or to take them again.
     *
     * @param address of the node
     * @param actor who wants it
     */
    public Change drain(String address, boolean draining, Actor actor) {
        return change(address, actor, was -> new NodeControl(was.concurrency(), draining));
    }

    /**
     * So many runs are to be executed at once.
     *
     * @param node the address of a node, or {@link NodeControl#ALL}
     * @param concurrency null: what is wanted of all, or the node's own setting
     * @param actor who wants it
     */
    public Change resize(String node, @Nullable Integer concurrency, Actor actor) {
        return change(node, actor, was -> new NodeControl(concurrency, was.draining()));
    }

    private Change change(String node, Actor actor, UnaryOperator<NodeControl> change) {
        return actor.does(jdbi, handle -> {
            handle.execute(Sql.named("lock_node_controls"));
            var was = all(handle).getOrDefault(node, NodeControl.NONE);
            var is = change.apply(was);
            if (!is.equals(was)) {
                write(handle, node, is);
            }
            return new Change(was, is);
        });
    }

    private static void write(Handle handle, String node, NodeControl control) {
        if (control.equals(NodeControl.NONE)) {
            handle.createUpdate(Sql.named("drop_node_control"))
                    .bind("node", node)
                    .execute();
        } else {
            handle.createUpdate(Sql.named("say_node_control"))
                    .bind("node", node)
                    .bind("concurrency", control.concurrency())
                    .bind("draining", control.draining())
                    .execute();
        }
    }

    /**
     * A node is there for the first time: what was wanted of it before still is, and what was of another is not. In its own
     * name.
     */
    static void takeOver(Handle handle, NodeRow node) {
        if (node.address().equals(node.formerAddress())) {
            return;
        }
        new Actor("node " + node.address()).actsIn(handle);
        handle.createUpdate(Sql.named("drop_node_control"))
                .bind("node", node.address())
                .execute();
        if (node.formerAddress() != null) {
            handle.createUpdate(Sql.named("move_control"))
                    .bind("address", node.address())
                    .bind("former_address", node.formerAddress())
                    .execute();
        }
    }
}

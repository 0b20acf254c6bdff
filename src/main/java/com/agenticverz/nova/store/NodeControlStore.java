package com.agenticverz.nova.store;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;

/** What people want of nodes while they run. All methods block; the audit log says who has changed what. */
public final class NodeControlStore {

    /**
     * A change.
     *
     * @param node the address of the node, or {@link NodeControl#ALL}
     * @param was what was wanted before
     * @param is what is wanted now; the same where nothing was changed
     */
    public record Change(String node, NodeControl was, NodeControl is) {

        /** Whether there is a difference. */
        public boolean changed() {
            return !was.equals(is);
        }

        /** By the names that JSON has for it. */
        public Map<String, @Nullable Object> fields() {
            var fields = NodeControlStore.fields(node, is);
            fields.put("changed", changed());
            return fields;
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

    /**
     * What is wanted of nodes, by the names that JSON has for it.
     *
     * @param nodes those that are there
     */
    public static Map<String, @Nullable Object> fields(
            List<StatusStore.Node> nodes, Map<String, NodeControl> controls) {
        var there = nodes.stream().map(StatusStore.Node::address).collect(Collectors.toSet());
        var fields = new LinkedHashMap<String, @Nullable Object>();
        fields.put(
                "concurrency",
                controls.getOrDefault(NodeControl.ALL, NodeControl.NONE).concurrency());
        fields.put("nodes", nodes.stream().map(StatusStore.Node::fields).toList());
        fields.put(
                "not_there",
                controls.entrySet().stream()
                        .filter(it -> !it.getKey().equals(NodeControl.ALL) && !there.contains(it.getKey()))
                        .map(it -> fields(it.getKey(), it.getValue()))
                        .toList());
        return fields;
    }

    private static Map<String, @Nullable Object> fields(String node, NodeControl control) {
        var fields = new LinkedHashMap<String, @Nullable Object>();
        fields.put("node", node);
        fields.put("concurrency", control.concurrency());
        fields.put("draining", control.draining());
        return fields;
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
     * A node is to take no new runs, or to take them again.
     *
     * @param node its address, or its id
     * @param actor who wants it
     * @throws UnknownNodeException when there is no such node
     */
    public Change drain(String node, boolean draining, Actor actor) {
        return change(address(node), actor, was -> new NodeControl(was.concurrency(), draining));
    }

    /**
     * A node is to execute so many runs at once.
     *
     * @param node its address, or its id
     * @param concurrency null: what is wanted of all, or without that its own setting
     * @param actor who wants it
     * @throws UnknownNodeException when there is no such node
     */
    public Change resize(String node, @Nullable Integer concurrency, Actor actor) {
        return change(address(node), actor, was -> new NodeControl(concurrency, was.draining()));
    }

    /**
     * All nodes of which nothing else is wanted are to execute so many runs at once each, those that come later too.
     *
     * @param concurrency null: the own setting of each
     * @param actor who wants it
     */
    public Change resizeAll(@Nullable Integer concurrency, Actor actor) {
        return change(NodeControl.ALL, actor, _ -> new NodeControl(concurrency, false));
    }

    private String address(String name) {
        return jdbi.withHandle(handle -> handle.createQuery(Sql.named("node_named"))
                .bind("name", name)
                .mapTo(String.class)
                .findOne()
                .orElseThrow(() -> new UnknownNodeException(
                        name,
                        handle.createQuery(Sql.named("node_addresses"))
                                .mapTo(String.class)
                                .list())));
    }

    private Change change(String node, Actor actor, UnaryOperator<NodeControl> change) {
        return actor.does(jdbi, handle -> {
            handle.execute(Sql.named("lock_node_controls"));
            var was = all(handle).getOrDefault(node, NodeControl.NONE);
            var is = change.apply(was);
            if (!is.equals(was)) {
                write(handle, node, is);
            }
            return new Change(node, was, is);
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

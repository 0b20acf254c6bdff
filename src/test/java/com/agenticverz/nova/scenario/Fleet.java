package com.agenticverz.nova.scenario;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/** Some nodes that are to be one cluster. A node that a test has killed is no longer among them. */
final class Fleet {

    /** How long a cluster may take to become one, on a busy machine. */
    static final Duration FORMED_WITHIN = Duration.ofSeconds(120);

    private static final Duration POLL = Duration.ofMillis(100);

    private final List<NodeProcess> nodes;

    private Fleet(List<NodeProcess> nodes) {
        this.nodes = new ArrayList<>(nodes);
    }

    /** Of nodes that have been started. */
    static Fleet of(NodeProcess... nodes) {
        return new Fleet(Arrays.asList(nodes));
    }

    /** Of nodes that have been started. */
    static Fleet of(List<NodeProcess> nodes) {
        return new Fleet(nodes);
    }

    /** All of them. */
    List<NodeProcess> nodes() {
        return List.copyOf(nodes);
    }

    /** All but one. */
    List<NodeProcess> but(NodeProcess node) {
        return nodes.stream().filter(it -> it != node).toList();
    }

    /** One more. */
    Fleet add(NodeProcess node) {
        nodes.add(node);
        return this;
    }

    /** One fewer. */
    Fleet remove(NodeProcess node) {
        nodes.remove(node);
        return this;
    }

    /** Waits until each says that all of them are members, and one that it polls. */
    Fleet awaitFormed() {
        awaitMembers(FORMED_WITHIN, nodes.size(), nodes);
        poller();
        return this;
    }

    /** Waits until each of these sees so many members. */
    static void awaitMembers(Duration atMost, int members, List<NodeProcess> nodes) {
        await("members = " + members)
                .atMost(atMost)
                .pollInterval(POLL)
                .failFast("a node has ended", () -> nodes.stream().anyMatch(node -> !node.isAlive()))
                .until(() -> nodes.stream().allMatch(node -> members(node) == members));
    }

    /** How many members a node sees. */
    static int members(NodeProcess node) {
        return Optional.ofNullable(node.metric("nova_cluster_members"))
                .map(Double::intValue)
                .orElse(0);
    }

    /** The one that polls, now or soon. */
    NodeProcess poller() {
        await("one poller")
                .atMost(NodeProcess.SOON)
                .pollInterval(POLL)
                .until(() -> polling().count() == 1);
        return polling().findFirst().orElseThrow();
    }

    /** One of those that do not. */
    NodeProcess bystander() {
        return but(poller()).getFirst();
    }

    private Stream<NodeProcess> polling() {
        return nodes.stream().filter(Fleet::polls);
    }

    /** Whether a node says that it polls. */
    static boolean polls(NodeProcess node) {
        return lastOf(node, "poller_started", "poller_stopped")
                .filter(event -> event.path("message").asText().equals("poller_started"))
                .isPresent();
    }

    /** Waits until each of them is given a run after this moment. Something has to be queued. */
    void awaitAllGetWork(Instant since, Duration atMost) {
        for (var node : nodes) {
            node.await(atMost, "run_dispatched", event -> NodeProcess.at(event).isAfter(since));
        }
    }

    /** Under which id a node takes part, or took part last. */
    static UUID id(NodeProcess node) {
        return UUID.fromString(
                lastOf(node, "cluster_joined").orElseThrow().path("node").asText());
    }

    private static Optional<JsonNode> lastOf(NodeProcess node, String... names) {
        return node.events().stream()
                .filter(event -> List.of(names).contains(event.path("message").asText()))
                .reduce((_, later) -> later);
    }
}

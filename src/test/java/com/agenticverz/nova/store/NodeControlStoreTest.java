package com.agenticverz.nova.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NodeControlStoreTest {

    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.create();

    private static final Actor ADA = new Actor("ada");

    private final NodeControlStore controls = DATABASE.database().nodeControls();
    private final NodeStore nodes = DATABASE.database().nodes();

    @BeforeEach
    void startAfresh() {
        DATABASE.execute("DELETE FROM node_controls; DELETE FROM audit_log; DELETE FROM nodes");
    }

    @Test
    void bothWishesForANodeStandBesideEachOtherAndARowGoesWithTheLastOfThem() {
        node("a:1", "a:1");
        assertThat(controls.resize("a:1", 16, ADA))
                .isEqualTo(new NodeControlStore.Change("a:1", NodeControl.NONE, new NodeControl(16, false)));
        controls.drain("a:1", true, ADA);
        controls.resizeAll(8, ADA);
        assertThat(controls.all())
                .isEqualTo(Map.of("a:1", new NodeControl(16, true), NodeControl.ALL, new NodeControl(8, false)));

        controls.resize("a:1", null, ADA);
        assertThat(controls.all()).containsEntry("a:1", new NodeControl(null, true));
        controls.drain("a:1", false, ADA);

        assertThat(controls.all()).containsOnlyKeys(NodeControl.ALL);
    }

    @Test
    void whoHasChangedWhatIsInTheAuditLogAndWhatWasSoAlreadyIsNot() {
        node("a:1", "a:1");
        node("b:1", "b:1");
        controls.drain("a:1", true, ADA);
        assertThat(controls.drain("a:1", true, ADA).changed()).isFalse();
        controls.drain("b:1", false, ADA);
        controls.resize("a:1", 3, ADA);
        DATABASE.execute("DELETE FROM node_controls");

        assertThat(DATABASE.rows("SELECT actor = session_user AS by_hand, action, subject_kind, subject,"
                        + " detail -> 'is' ->> 'concurrency' AS concurrency FROM audit_log ORDER BY id"))
                .containsExactly(
                        audited(false, "insert", null), audited(false, "update", "3"), audited(true, "delete", null));
        assertThat(DATABASE.one(String.class, "SELECT DISTINCT actor FROM audit_log WHERE action <> 'delete'"))
                .isEqualTo("ada");
    }

    private static Map<String, @Nullable Object> audited(boolean byHand, String action, @Nullable String concurrency) {
        var row = new HashMap<String, @Nullable Object>();
        row.put("by_hand", byHand);
        row.put("action", action);
        row.put("subject_kind", "node_controls");
        row.put("subject", "a:1");
        row.put("concurrency", concurrency);
        return row;
    }

    @Test
    void twoWishesAtTheSameMomentAreBothKept() throws Exception {
        node("a:1", "a:1");
        for (int i = 0; i < 20; i++) {
            DATABASE.execute("DELETE FROM node_controls");
            try (var threads = Executors.newFixedThreadPool(2)) {
                for (var done : threads.<Object>invokeAll(
                        List.of(() -> controls.drain("a:1", true, ADA), () -> controls.resize("a:1", 5, ADA)))) {
                    done.get();
                }
            }
            assertThat(controls.all()).isEqualTo(Map.of("a:1", new NodeControl(5, true)));
        }
    }

    @Test
    void theRowOfTheNodeCountsBeforeThatOfAll() {
        var here = node("here:1", "here:1");
        var there = node("there:1", "there:1");
        controls.resizeAll(8, ADA);
        controls.resize("here:1", 2, ADA);
        controls.drain("there:1", true, ADA);

        assertThat(nodes.heartbeat(here, false).control()).isEqualTo(new NodeControl(2, false));
        assertThat(nodes.heartbeat(there, false).control()).isEqualTo(new NodeControl(8, true));
        assertThat(DATABASE.database().status().nodes())
                .extracting(StatusStore.Node::wanted)
                .containsExactlyInAnyOrder(new NodeControl(2, false), new NodeControl(8, true));
    }

    @Test
    void aProcessAtAnotherPortGoesOnAsItWasToBe() {
        node("here:1", "here:1");
        node("here:2", "here:2");
        controls.resize("here:1", 2, ADA);
        controls.drain("here:2", true, ADA);

        var again = node("here:2", "here:1");
        assertThat(nodes.heartbeat(again, false).control()).isEqualTo(new NodeControl(2, false));
        assertThat(controls.all()).containsOnlyKeys("here:2");

        // Its first word was written, and it did not hear so.
        nodes.register(again);
        nodes.joined(again.asJoined());
        assertThat(nodes.heartbeat(again, false).control()).isEqualTo(new NodeControl(2, false));
        assertThat(DATABASE.one(String.class, "SELECT DISTINCT actor FROM audit_log WHERE actor <> 'ada'"))
                .isEqualTo("node here:2");
    }

    @Test
    void aNewProcessAtAPortByChanceIsNotWhatAnotherWasToBe() {
        node("here:1", "here:1");
        controls.drain("here:1", true, ADA);

        var newcomer = node("here:1", null);

        assertThat(nodes.heartbeat(newcomer, false).control()).isEqualTo(NodeControl.NONE);
        controls.drain("here:1", true, ADA);
        nodes.register(newcomer);
        assertThat(nodes.heartbeat(newcomer, false).control()).isEqualTo(new NodeControl(null, true));
    }

    @Test
    void aNodeIsNamedByItsAddressOrItsIdAlsoWhenItIsGone() {
        var node = node("a:1", "a:1");
        assertThat(controls.drain(node.id().toString().toUpperCase(Locale.ROOT), true, ADA)
                        .node())
                .isEqualTo("a:1");
        DATABASE.execute("DELETE FROM nodes");

        assertThat(controls.resize("a:1", 3, ADA).is()).isEqualTo(new NodeControl(3, true));
        assertThatThrownBy(() -> controls.drain(node.id().toString(), false, ADA))
                .isInstanceOf(UnknownNodeException.class)
                .hasMessage("there is no node '" + node.id() + "'; there is none at the moment");
        node("b:1", "b:1");
        controls.resizeAll(3, ADA);
        assertThatThrownBy(() -> controls.resize("*", 3, ADA)).hasMessage("there is no node '*'; there are b:1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "('a:1', 0, false)",
                "('a:1', 10001, false)",
                "('*', 3, true)",
            })
    void whatNoNodeCouldDoIsRefused(String row) {
        assertThatThrownBy(() -> DATABASE.execute("INSERT INTO node_controls VALUES " + row))
                .hasStackTraceContaining("node_controls_");
    }

    private NodeRow node(String address, @Nullable String formerAddress) {
        var node = new NodeRow(UUID.randomUUID(), 7, address, "1", 4, true, false, Map.of(), formerAddress);
        nodes.register(node);
        return node;
    }
}

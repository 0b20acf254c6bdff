package com.agenticverz.nova.cli;

import com.agenticverz.nova.store.StatusStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What there is to say of a node that is not as it usually is. */
public final class NodeState {

    /** A node's heartbeat is a few seconds old; one that has been silent for so long may be gone. */
    private static final Duration SILENT = Duration.ofSeconds(15);

    private NodeState() {}

    /** A few words each; none: nothing. */
    public static List<String> of(StatusStore.Node node) {
        var said = new ArrayList<String>();
        var wanted = node.wanted();
        if (!node.joined()) {
            said.add("not in the cluster yet");
        }
        if (node.draining()) {
            said.add(wanted.draining() ? "draining until it is resumed" : "draining");
        } else if (wanted.draining()) {
            said.add("is to drain");
        }
        if (wanted.concurrency() != null && wanted.concurrency() != node.concurrency()) {
            said.add("is to run " + wanted.concurrency());
        }
        if (node.silent().compareTo(SILENT) > 0) {
            said.add("perhaps gone");
        }
        return said;
    }
}

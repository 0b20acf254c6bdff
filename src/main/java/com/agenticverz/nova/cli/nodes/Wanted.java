package com.agenticverz.nova.cli.nodes;

import com.agenticverz.nova.store.NodeControl;

/** What is wanted of a node, in words. */
final class Wanted {

    private Wanted() {}

    /** Each with a comma before it; at least one thing is wanted. */
    static String of(NodeControl wanted) {
        return (wanted.concurrency() == null ? "" : ", is to run " + wanted.concurrency())
                + (wanted.draining() ? ", is to drain" : "");
    }
}

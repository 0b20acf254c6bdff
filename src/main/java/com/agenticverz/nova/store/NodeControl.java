package com.agenticverz.nova.store;

import org.jspecify.annotations.Nullable;

/**
 * What people want of a node while it runs.
 *
 * @param concurrency runs that it executes in parallel, 1 to 10,000; null: as its own setting says
 * @param draining whether it takes no new runs, until it is told otherwise
 */
public record NodeControl(@Nullable Integer concurrency, boolean draining) {

    /** The row of all nodes. */
    public static final String ALL = "*";

    /** Nothing: the node is as its own settings say. */
    public static final NodeControl NONE = new NodeControl(null, false);

    /** Most runs in parallel that a node may be told. */
    public static final int MOST_CONCURRENCY = 10_000;
}

package com.agenticverz.nova.store;

import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A node that holds runs, or says that it lives.
 *
 * @param node the node
 * @param memberUid the unique id under which the cluster knows it; null: it has no row, or none is known
 * @param silent the time since its last heartbeat, by the clock of the database; null: it has no row
 */
public record Holder(
        UUID node, @Nullable Long memberUid, @Nullable Duration silent) {}

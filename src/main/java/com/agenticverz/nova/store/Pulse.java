package com.agenticverz.nova.store;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a node hears from the tables with its heartbeat.
 *
 * @param known whether its row was still there; if not, it has been rescued: what it held is others' now
 * @param held what it holds by the tables
 * @param pollingMemberUid the member whose poller holds the lease; null: nobody does, or a node that is no member
 * @param control what people want of it
 */
public record Pulse(
        boolean known, List<Held> held, @Nullable Long pollingMemberUid, NodeControl control) {}

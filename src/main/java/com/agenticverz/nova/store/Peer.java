package com.agenticverz.nova.store;

import java.time.Duration;

/**
 * A member of the cluster, by the tables.
 *
 * @param address host and port
 * @param silent the time since its last heartbeat, by the clock of the database
 * @param draining whether it is about to leave
 * @param polls whether its poller holds the lease
 */
public record Peer(String address, Duration silent, boolean draining, boolean polls) {}

package com.agenticverz.nova.store;

import java.util.UUID;

/**
 * What a node says of itself.
 *
 * @param id this incarnation of the process
 * @param address host and port for other nodes
 * @param appVersion the version of Nova
 * @param concurrency runs that it executes in parallel
 * @param draining whether it takes no new runs
 */
public record NodeRow(UUID id, String address, String appVersion, int concurrency, boolean draining) {}

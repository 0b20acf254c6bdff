package com.agenticverz.nova.store;

import java.util.Map;
import java.util.UUID;

/**
 * What a node says of itself.
 *
 * @param id this incarnation of the process
 * @param memberUid the unique id under which the cluster knows it
 * @param address host and port for other nodes
 * @param appVersion the version of Nova
 * @param concurrency runs that it executes in parallel
 * @param joined whether it is a full member of the cluster
 * @param draining whether it takes no new runs
 * @param skills its skills, each with its version
 */
public record NodeRow(
        UUID id,
        long memberUid,
        String address,
        String appVersion,
        int concurrency,
        boolean joined,
        boolean draining,
        Map<String, String> skills) {

    public NodeRow {
        skills = Map.copyOf(skills);
    }

    /** The same, as a member of the cluster. */
    public NodeRow asJoined() {
        return new NodeRow(id, memberUid, address, appVersion, concurrency, true, draining, skills);
    }

    /** The same, about to leave. */
    public NodeRow asDraining() {
        return new NodeRow(id, memberUid, address, appVersion, concurrency, joined, true, skills);
    }
}

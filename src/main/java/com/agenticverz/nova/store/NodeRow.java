package com.agenticverz.nova.store;

import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

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
 * @param formerAddress the address under which people steered it before: the same where its port is fixed, that of its
 *     last incarnation where it is not; null: it is new at a port that it got by chance
 */
public record NodeRow(
        UUID id,
        long memberUid,
        String address,
        String appVersion,
        int concurrency,
        boolean joined,
        boolean draining,
        Map<String, String> skills,
        @Nullable String formerAddress) {

    public NodeRow {
        skills = Map.copyOf(skills);
    }

    /** One that has always been at its address. */
    public NodeRow(
            UUID id,
            long memberUid,
            String address,
            String appVersion,
            int concurrency,
            boolean joined,
            boolean draining,
            Map<String, String> skills) {
        this(id, memberUid, address, appVersion, concurrency, joined, draining, skills, address);
    }

    /** The same, as a member of the cluster. */
    public NodeRow asJoined() {
        return new NodeRow(id, memberUid, address, appVersion, concurrency, true, draining, skills, formerAddress);
    }

    /** The same, about to leave. */
    public NodeRow asDraining() {
        return new NodeRow(id, memberUid, address, appVersion, concurrency, joined, true, skills, formerAddress);
    }

    /** The same, as people want it. */
    public NodeRow under(NodeControl control) {
        var wanted = control.concurrency();
        return new NodeRow(
                id,
                memberUid,
                address,
                appVersion,
                wanted == null ? concurrency : wanted,
                joined,
                draining || control.draining(),
                skills,
                formerAddress);
    }
}

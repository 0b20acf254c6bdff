package com.agenticverz.nova.execute;

import com.agenticverz.nova.cluster.WireMessage;
import com.agenticverz.nova.run.Fence;
import java.util.List;
import java.util.UUID;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * What a node can take, told to the poller. A state, so the newest one counts and a lost one is made good by the next.
 *
 * @param node the node
 * @param memberUid the unique id under which the cluster knows it
 * @param pool where to send runs
 * @param room runs that it can take beyond those of the last claim it has seen
 * @param idle how many of them would start at once; the others are read ahead
 * @param lastClaimId the last claim that it has seen; 0: none
 * @param freed runs that are no longer in flight since the last message; if this is lost, the poller finds out from the
 *     claims
 * @param requeued whether some of them are in the queue again, so that it is worth a look
 * @param databaseSilentMillis how long ago the database answered this node last
 * @param dueInMillis the time until the first of the runs is due that this node has put to sleep, or that wait for their next
 *     attempt, since the last message; null: there is none. If this is lost, the poller finds out when it looks next
 * @param marked of {@code freed}, those that are marked now and so still executed; the others are over here. Null: a node
 *     of an older version, which does not tell the two apart
 * @param missingSkills skills that runs of the last claims need and this node does not have, since the last message;
 *     null: a node of an older version, which fails them
 */
public record Demand(
        UUID node,
        long memberUid,
        ActorRef<Assign> pool,
        int room,
        int idle,
        long lastClaimId,
        List<Fence> freed,
        boolean requeued,
        long databaseSilentMillis,
        @Nullable Long dueInMillis,
        @Nullable List<Fence> marked,
        @Nullable List<String> missingSkills)
        implements WireMessage {}

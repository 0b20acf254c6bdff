package com.agenticverz.nova.execute;

import com.agenticverz.nova.cluster.WireMessage;
import com.agenticverz.nova.run.Fence;
import java.util.List;
import java.util.UUID;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * What a node can take, told to the poller. A state, so the newest one counts and a lost one is made good by the next.
 *
 * @param node the node
 * @param pool where to send runs
 * @param room runs that it can take beyond those of the last claim it has seen
 * @param lastClaimId the last claim that it has seen; 0: none
 * @param freed runs that are no longer in flight since the last message; if this is lost, the poller finds out from the
 *     claims
 */
public record Demand(UUID node, ActorRef<WorkerPool.Assign> pool, int room, long lastClaimId, List<Fence> freed)
        implements WireMessage {}

package com.agenticverz.nova.execute;

import com.agenticverz.nova.cluster.WireMessage;
import com.agenticverz.nova.run.Run;
import java.util.List;

/**
 * A claim for this node.
 *
 * @param claimMillis how long the claim took
 */
public record Assign(long claimId, List<Run> runs, long claimMillis) implements WorkerPool.Command, WireMessage {}

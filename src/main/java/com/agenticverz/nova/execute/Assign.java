package com.agenticverz.nova.execute;

import com.agenticverz.nova.cluster.WireMessage;
import com.agenticverz.nova.run.Run;
import java.util.List;

/**
 * A claim for this node. A frame of the network is limited, and plans may be large: where the runs might not fit, they
 * are left out, and the node reads them from the database, by the claim.
 *
 * @param runs the runs of the claim, in the order of the queue; empty where they are left out
 * @param claimMillis how long the claim took
 * @param unread how many runs are left out: all of the claim, or none
 */
public record Assign(long claimId, List<Run> runs, long claimMillis, int unread)
        implements WorkerPool.Command, WireMessage {

    /** Half a frame; its size is in application.conf. */
    static final long MOST_BYTES = 512 * 1024;

    /** Names and numbers of a run, encoded, and then some. */
    private static final int BYTES_BESIDE_TEXT = 200;

    /** No character takes more in UTF-8; one of two {@code char}s takes four. */
    private static final int MOST_BYTES_PER_CHAR = 3;

    /** With its runs, if they are sure to fit into a frame. */
    public static Assign of(long claimId, List<Run> runs, long claimMillis) {
        return mostBytes(runs) <= MOST_BYTES
                ? new Assign(claimId, runs, claimMillis, 0)
                : new Assign(claimId, List.of(), claimMillis, runs.size());
    }

    /** What the encoded runs take at most. */
    static long mostBytes(List<Run> runs) {
        return runs.stream().mapToLong(Assign::mostBytes).sum();
    }

    private static long mostBytes(Run run) {
        long chars = (long) run.plan().length() + run.agentId().length();
        return BYTES_BESIDE_TEXT + MOST_BYTES_PER_CHAR * chars;
    }
}

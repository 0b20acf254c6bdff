package com.agenticverz.nova.execute;

import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.settle.Settler;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;

/** Gives runs back to the queue, and counts them for whoever stops the node. Not thread-safe; owned by the pool. */
final class HandBacks {

    private final ActorRef<Settler.Command> settler;
    private int count;

    HandBacks(ActorRef<Settler.Command> settler) {
        this.settler = settler;
    }

    /** The settler writes it. */
    void handBack(List<Fence> fences) {
        settler.tell(new Settler.HandBack(fences));
        count += fences.size();
    }

    /** So many go back with their claims, which are let go. */
    void withTheirClaims(int runs) {
        count += runs;
    }

    /** The way out begins. */
    void countFromNow() {
        count = 0;
    }

    int count() {
        return count;
    }
}

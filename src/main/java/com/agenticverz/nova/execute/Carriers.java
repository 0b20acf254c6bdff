package com.agenticverz.nova.execute;

import java.lang.management.ManagementFactory;
import jdk.management.VirtualThreadSchedulerMXBean;

/**
 * The platform threads that carry virtual ones. There is one a core, and a virtual thread that computes keeps the one it
 * has got until it blocks: as many skills that compute as there are cores, and no other skill, no timed step and no HTTP
 * request would get a turn until they end. So each worker that could hold one is matched by one more, and so are each
 * branch of a run, while there is one, and each skill that was left behind; the operating system shares the cores out among
 * them. What was added stays.
 */
public final class Carriers {

    /** The JVM starts no more, unless {@code jdk.virtualThreadScheduler.maxPoolSize} says otherwise. */
    private static final int MOST = Integer.getInteger("jdk.virtualThreadScheduler.maxPoolSize", 256);

    private static int reserved;
    private static int branches;
    private static int mostInUse;

    private Carriers() {}

    /** Sees to it that so many virtual threads can compute for long and others run all the same. */
    public static synchronized void reserveFor(int workers) {
        reserved = Math.max(reserved, workers);
        provide();
    }

    /** A branch of a run is about to start, and may compute. */
    static synchronized void branchStarts() {
        branches++;
        provide();
    }

    /** The thread of a branch ends. */
    static synchronized void branchEnds() {
        branches--;
    }

    private static void provide() {
        int inUse = reserved + branches;
        if (inUse > mostInUse) {
            mostInUse = inUse;
            atLeast(Runtime.getRuntime().availableProcessors() + inUse);
        }
    }

    private static void atLeast(int carriers) {
        var scheduler = ManagementFactory.getPlatformMXBean(VirtualThreadSchedulerMXBean.class);
        int wanted = Math.min(carriers, MOST);
        if (scheduler.getParallelism() < wanted) {
            scheduler.setParallelism(wanted);
        }
    }
}

package com.agenticverz.nova.execute;

import java.lang.management.ManagementFactory;
import jdk.management.VirtualThreadSchedulerMXBean;

/**
 * The platform threads that carry virtual ones. There is one a core, and a virtual thread that computes keeps the one it
 * has got until it blocks: as many skills that compute as there are cores, and no other skill, no timed step and no HTTP
 * request would get a turn until they end. So each worker that could hold one is matched by one more, and so is each
 * skill that was left behind; the operating system shares the cores out among them.
 */
public final class Carriers {

    /** The JVM starts no more, unless {@code jdk.virtualThreadScheduler.maxPoolSize} says otherwise. */
    private static final int MOST = Integer.getInteger("jdk.virtualThreadScheduler.maxPoolSize", 256);

    private Carriers() {}

    /** Sees to it that so many virtual threads can compute for long and others run all the same. */
    public static void reserveFor(int workers) {
        atLeast(Runtime.getRuntime().availableProcessors() + workers);
    }

    private static synchronized void atLeast(int carriers) {
        var scheduler = ManagementFactory.getPlatformMXBean(VirtualThreadSchedulerMXBean.class);
        int wanted = Math.min(carriers, MOST);
        if (scheduler.getParallelism() < wanted) {
            scheduler.setParallelism(wanted);
        }
    }
}

/**
 * How runs are executed on one node.
 *
 * <p><b>Authority.</b> The {@link com.agenticverz.nova.execute.WorkerPool} decides which of the claimed runs starts
 * when; a {@link com.agenticverz.nova.execute.Worker} executes one run at a time. Neither writes to the database: the
 * settler, a child of the pool, does.
 *
 * <p><b>Threads.</b> A plan runs on a virtual thread of its own
 * ({@link com.agenticverz.nova.execute.PlanExecution}), never on a dispatcher, so its worker can always be told to
 * stop, and the timers of the worker always fire. Stopping is an interrupt; a skill that has not ended shortly after is
 * abandoned: counted, its late result dropped here and fenced out in the database.
 *
 * <p><b>Demand.</b> The pool tells the poller how many runs it can take: idle workers, and a few more when runs are so
 * short that workers would idle for the time of a claim ({@link com.agenticverz.nova.execute.ReadAhead}). The message
 * is a state, not a change, and it is repeated, so a lost one does no harm.
 *
 * <p><b>Failure.</b> A worker that breaks is restarted with backoff and its run ends as a retryable failure; the pool
 * keeps its size. When the pool or the settler breaks, what the node holds is unknown: the process ends, and the
 * rescue brings its runs back.
 */
@NullMarked
package com.agenticverz.nova.execute;

import org.jspecify.annotations.NullMarked;

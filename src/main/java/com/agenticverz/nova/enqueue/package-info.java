/**
 * How runs get into the queue from Java.
 *
 * <p>{@link com.agenticverz.nova.enqueue.RunClient} is for applications: it writes in the transaction of a connection of
 * theirs, and needs no library but the driver, so it reads no JSON; {@code RunClientTest} starts a JVM that has nothing
 * else. {@link com.agenticverz.nova.enqueue.Enqueuer} is for the command and the API: what describes a run is checked as a
 * whole, plan included, before anything is written. A plain {@code INSERT} does the same without the check; its bad plans
 * fail when they are executed.
 *
 * <p>The answer is the same for all: the id of the run that is there now, and whether it was created. A key that is known
 * is looked up by a statement of its own after the one that found it known: the first one's snapshot does not see what
 * another transaction has committed meanwhile.
 *
 * <p>Schedules: {@link com.agenticverz.nova.enqueue.Cron} says when one ticks, and {@link
 * com.agenticverz.nova.enqueue.Ticks} what it has to do at a moment. Both are values without a clock; who enqueues is the
 * poller's node, {@code claim.Scheduler}.
 *
 * <p>Failure: a run that is not valid is refused with every problem at once. Of many lines, the bad ones are reported with
 * their number and the good ones enqueued: where PostgreSQL refuses a batch, halves of it find the line. When the database
 * is lost in between, the caller learns up to which line everything is dealt with.
 */
@NullMarked
package com.agenticverz.nova.enqueue;

import org.jspecify.annotations.NullMarked;

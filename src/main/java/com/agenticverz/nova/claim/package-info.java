/**
 * Who gets which run. How each part does it is said where it is; here, who decides what, and what holds whatever fails.
 *
 * <p><b>Authority.</b> One {@link com.agenticverz.nova.claim.Poller} in the cluster claims, for all nodes: a cluster
 * singleton that also holds the lease {@code poller} in the database. The lease carries an epoch, and every claim names
 * it, so a poller that was deposed without noticing claims nothing. Should two ever claim at once all the same, runs are
 * executed twice and settled once: correctness is in the statements of {@code store}, not in uniqueness.
 *
 * <p><b>Parts.</b> {@link com.agenticverz.nova.claim.Roster}: which node gets the next batch, by the room that nodes say they
 * have. {@link com.agenticverz.nova.claim.Tenure}: which statement is next, one at a time, decided without any I/O. {@link
 * com.agenticverz.nova.claim.Cursor}: how far it is in the queue, for a claim writes nothing to {@code runs}. {@link
 * com.agenticverz.nova.claim.Selection}: which runs, where not simply the first of the queue are next. Children of the
 * poller: the {@link com.agenticverz.nova.claim.Rescuer} brings back what gone nodes held; the {@link
 * com.agenticverz.nova.claim.Scheduler} enqueues by the clock of the database, the {@link com.agenticverz.nova.claim.Sweeper}
 * deletes runs that ended long enough ago, both in statements that name the epoch.
 *
 * <p><b>Lanes.</b> Where something is limited or paused, agents take turns, priorities age, or nodes have different skills, the
 * queue is served lane by lane: a lane is what is queued of one agent (of one priority of it, with ageing). The next runs of
 * lanes that may start anything are looked at, picked in memory under all limits at once, and claimed by their ids. An agent
 * that may start nothing costs only the question ({@link com.agenticverz.nova.claim.Lanes}). Where nothing of that is
 * configured, none of it is done. Skills of runs are looked at only once a node has met a run whose skill it does not have,
 * or the nodes' skills differ ({@link com.agenticverz.nova.claim.Capabilities}).
 *
 * <p><b>Limits</b> are exact because nobody else claims: a run counts from before its claim is written until its node says
 * that it is over ({@link com.agenticverz.nova.claim.Limits}). The tables say so at the start and every five seconds; a message
 * that is lost makes it count too long, never too short. A claim of picked runs locks the lease, and what is in use is read
 * under that lock, so the next poller misses no claim of this one; where the answer to such a claim is lost, the poller takes
 * its lease anew before it claims anything else. How far rates are used up is written with the claim.
 *
 * <p><b>Lost messages.</b> Demand is a state that is repeated. What is believed to be in flight is corrected from {@code claims}
 * at a fixed interval, so no run is hidden for ever. The insert trigger notifies only while the lease row says that the
 * poller is idle; the poll interval is the fallback.
 *
 * <p><b>Who is gone.</b> At once, whom the cluster has removed. A member that answers is never gone. Else the heartbeat has
 * to tell, and silence counts only while the database answers ({@link com.agenticverz.nova.claim.Suspects}). A rescue of a node
 * that is alive does no harm: every write is fenced, and each attempt is charged once.
 *
 * <p><b>Hand-over.</b> A poller that is told to stop lets what it is claiming reach its node, gives the lease back and
 * stops, after two seconds even where the database hangs; the next one asks for the lease five times a second at first.
 *
 * <p><b>Failure.</b> Every statement that fails is tried again with backoff; the singleton is restarted with backoff and
 * takes its lease again, under a new epoch. Where none has succeeded for ten seconds and another member says that the
 * database answers it, the poller asks its node to step down, so that the singleton moves. An outage for all moves nothing.
 */
@NullMarked
package com.agenticverz.nova.claim;

import org.jspecify.annotations.NullMarked;

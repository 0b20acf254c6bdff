/**
 * Who gets which run.
 *
 * <p><b>Authority.</b> One {@link com.agenticverz.nova.claim.Poller} in the cluster claims, for all nodes: a cluster
 * singleton that also holds the lease {@code poller} in the database. The lease carries an epoch, and every claim names
 * it, so a poller that was deposed without noticing claims nothing. Should two ever claim at once all the same, runs are
 * executed twice and settled once: correctness is in the statements of {@code store}, not in uniqueness.
 *
 * <p><b>Demand.</b> Nodes say what room they have; the {@link com.agenticverz.nova.claim.Roster} decides who gets the
 * next batch, never more than its room, at most {@code WORKER_BATCH_SIZE} a statement. While there is plenty, the node
 * with most room, in large batches; else the one with most idle workers; among equals they take turns. A member of the
 * cluster that does not answer gets nothing.
 *
 * <p><b>Statements.</b> One at a time; the {@link com.agenticverz.nova.claim.Tenure} decides without any I/O which is
 * next, and the poller makes it. A full batch means: again at once.
 *
 * <p><b>Position.</b> A claim writes nothing to {@code runs}, so the poller moves on by a keyset position and leaves out
 * what it knows to be in flight. A short batch, a wake-up, a promotion and a fixed interval send it back to the start,
 * unless that is slow for all the dead index entries there; then not soon again
 * ({@link com.agenticverz.nova.claim.Cursor}). What it believes to be in flight is corrected from {@code claims} at a fixed
 * interval, so no lost message hides a run for ever.
 *
 * <p><b>Selection.</b> Where not simply the first runs of the queue are next, because something is limited or paused, agents
 * take turns, priorities age, or nodes have different skills, the queue is served lane by lane
 * ({@link com.agenticverz.nova.claim.Selection}): a lane is what is queued of one agent. The next runs of each lane that may
 * start anything are looked at, one is picked after the other in memory, under all limits at once, and what was picked is
 * claimed by its ids. An agent that may start nothing costs nothing but the question
 * ({@link com.agenticverz.nova.claim.Lanes}). Where nothing of that is configured, none of it is done.
 *
 * <p><b>Limits.</b> Exact, because nobody else claims: a run counts from before its claim is written until its node says that
 * it is over ({@link com.agenticverz.nova.claim.Limits}). The tables say so at the start and every five seconds; a message that
 * is lost makes it count too long, never too short. A claim of picked runs locks the lease, and what is in use is read under
 * that lock, so the next poller misses no claim of this one. Where the answer to such a claim is lost, the poller itself is
 * the next one: it takes its lease anew before it claims anything else. How far rates are used up is written with the claim.
 *
 * <p><b>Skills.</b> As long as all nodes have the same skills nobody looks at those of runs. A node that gets a run whose skill
 * it does not have puts it to sleep for a moment and says so; from then on runs are picked by the skills of nodes
 * ({@link com.agenticverz.nova.claim.Capabilities}), until none has waited for that skill for a while.
 *
 * <p><b>Wake-ups.</b> An empty queue makes the poller idle, and it says so in its lease row; only then does the insert
 * trigger notify. What sleeps, or waits for its next attempt, is due at a moment that the node says which wrote it, with its
 * demand. The poll interval is the fallback for what either misses.
 *
 * <p><b>Rescue.</b> The {@link com.agenticverz.nova.claim.Rescuer}, a child of the poller, brings back what nodes held
 * that are gone, in a sweep over the tables that is repeated each second and whenever the membership changes. Gone is,
 * at once, whom the cluster has removed. A member that answers is never gone. Of whom the cluster knows nothing, or about
 * whom it comes to no decision, the heartbeat has to tell ({@link com.agenticverz.nova.claim.Suspects}): silence counts
 * only while the database answers, because after an outage everybody's heartbeat is old. A rescue of a node that is
 * alive, or two of the same node at once, do no harm: every write is fenced, and each attempt is charged once.
 *
 * <p><b>Retention.</b> The {@link com.agenticverz.nova.claim.Sweeper}, another child, deletes runs that have ended long
 * enough ago. It walks through the ids, by chunks with a rest after each, in statements that name the epoch; what is
 * locked it passes over. Ids that say they were made too late to be old enough are left out.
 *
 * <p><b>Schedules.</b> The {@link com.agenticverz.nova.claim.Scheduler}, another child, enqueues by the clock of the
 * database. A tick is one statement that names the epoch, moves the schedule on from where it was expected to be, and inserts
 * the run under a key of its own: done once, however often it is tried, and not at all by a poller that was deposed.
 *
 * <p><b>Hand-over.</b> A poller that is told to stop lets what it is claiming reach its node, gives the lease back and
 * stops, after two seconds even where the database hangs; the next one asks for the lease five times a second at first.
 *
 * <p><b>Failure.</b> Every statement that fails is tried again with backoff; the singleton is restarted with backoff and
 * takes its lease again, under a new epoch. Where none has succeeded for ten seconds and another member says that the
 * database answers it, the poller asks its node to step down, so that the singleton moves. An outage for everybody moves
 * nothing.
 */
@NullMarked
package com.agenticverz.nova.claim;

import org.jspecify.annotations.NullMarked;

/**
 * Who gets which run.
 *
 * <p><b>Authority.</b> One {@link com.agenticverz.nova.claim.Poller} in the cluster claims, for all nodes: a cluster
 * singleton that also holds the lease {@code poller} in the database. The lease carries an epoch, and every claim names
 * it, so a poller that was deposed without noticing claims nothing. Should two ever claim at once all the same, runs are
 * executed twice and settled once: correctness is in the statements of {@code store}, not in uniqueness.
 *
 * <p><b>Demand.</b> Nodes say what room they have; the {@link com.agenticverz.nova.claim.Roster} decides who gets the
 * next batch: the node with most room, never more than its room, at most {@code WORKER_BATCH_SIZE} a statement. A full
 * batch means: again at once.
 *
 * <p><b>Position.</b> A claim writes nothing to {@code runs}, so the poller moves on by a keyset position and leaves out
 * what it knows to be in flight. A short batch, a wake-up, a promotion and a fixed interval send it back to the start.
 * What it believes to be in flight is corrected from {@code claims} at a fixed interval, so no lost message hides a run
 * for ever.
 *
 * <p><b>Wake-ups.</b> An empty queue makes the poller idle, and it says so in its lease row; only then does the insert
 * trigger notify. The poll interval is the fallback for what a notification misses.
 *
 * <p><b>Rescue.</b> The {@link com.agenticverz.nova.claim.Rescuer}, a child of the poller, brings back what nodes held
 * that are gone. Gone is a node that neither speaks to the poller nor renews its heartbeat while the database answers:
 * after an outage everybody's heartbeat is old, and that alone proves nothing.
 *
 * <p><b>Failure.</b> Every statement that fails is tried again with backoff; the singleton is restarted with backoff and
 * takes its lease again, under a new epoch.
 */
@NullMarked
package com.agenticverz.nova.claim;

import org.jspecify.annotations.NullMarked;

/**
 * What makes processes a cluster, with PostgreSQL as the one thing they share.
 *
 * <p><b>Formation.</b> A node looks into {@code nodes} for members that live and joins through them; where there is none, it
 * begins a cluster ({@link com.agenticverz.nova.cluster.Formation}, {@link com.agenticverz.nova.cluster.Seeds}). Who may
 * begin one is decided under an advisory lock of a transaction, and held in the lease {@code formation} until the
 * beginner is a member that the others find. Silence proves death only where the database has answered for longer than
 * the time between two heartbeats: after an outage everybody has been silent.
 *
 * <p><b>One life, one id.</b> A node is one incarnation of a process, with a uuid and the unique id that the cluster gives
 * it. An incarnation that was removed from the cluster, rescued, or left behind in a second cluster never comes back: the
 * process ends it and begins another ({@code node.Incarnation}). So nobody has to tell a live member from a dead one of
 * the same name.
 *
 * <p><b>Splits.</b> Pekko's split brain resolver lets the side go on that gets the lease {@code split}
 * ({@link com.agenticverz.nova.cluster.PostgresLease}), the majority first: of two nodes either may survive the other,
 * which no counting of members allows. Should two clusters come to be all the same, the one whose poller holds the lease
 * works, and the members of the other come over after {@link com.agenticverz.nova.cluster.Formation#ELSEWHERE}. Safety
 * needs none of this: every write is fenced in {@code store}.
 *
 * <p><b>Heartbeat.</b> Each node says in {@code nodes} every two seconds that it lives, and hears in the same breath what
 * the tables say that it holds, who polls, what people want of it, and whether it was rescued. The pool compares what it holds with that: a
 * claim that never arrived is let go, a run that it no longer owns is stopped.
 *
 * <p><b>Messages.</b> {@link com.agenticverz.nova.cluster.WireMessage} marks those that cross the network. Two versions
 * share a cluster during every deploy. The actor system is named after the database, so that nodes of two databases never
 * take each other for peers, whoever listens at a port that was another's a moment ago.
 *
 * <p>The formation through a table follows what Pekko Management does with a discovery service, whose artifacts do not
 * exist for this version of Pekko.
 */
@NullMarked
package com.agenticverz.nova.cluster;

import org.jspecify.annotations.NullMarked;

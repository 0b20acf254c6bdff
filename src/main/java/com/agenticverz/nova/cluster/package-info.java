/**
 * What makes processes a cluster, with PostgreSQL as the one thing they share.
 *
 * <p><b>Formation.</b> {@link com.agenticverz.nova.cluster.Formation} joins this node; so far each node is a cluster of
 * one, and of several on one database only the holder of the poller's lease claims: the others stand by.
 *
 * <p><b>Heartbeat.</b> Each node says in {@code nodes} every two seconds that it lives, and hears in the same breath what
 * the tables say that it holds. The pool compares that with what it does hold: a claim that never arrived is let go, a
 * run that it no longer owns is stopped. A node is one incarnation of a process, by a uuid made at its start: a restart
 * is another node, and what the old one held is rescued.
 *
 * <p><b>Messages.</b> {@link com.agenticverz.nova.cluster.WireMessage} marks those that cross the network.
 */
@NullMarked
package com.agenticverz.nova.cluster;

import org.jspecify.annotations.NullMarked;

/**
 * A running worker process: its settings, its parts in the order in which they start, and its way out.
 *
 * <p><b>Start.</b> Skills, database (waited for), schema, metrics, console, actors: what can be wrong is found before the
 * node takes part. {@link com.agenticverz.nova.node.Settings} says everything that is wrong with the settings at once.
 *
 * <p><b>Way out.</b> The first SIGTERM or SIGINT runs Pekko's coordinated shutdown, in its phases: say that the node drains
 * (readiness, its row); wait until nothing runs, at most the shutdown timeout; interrupt the rest and hand it back; write
 * every outcome; leave the cluster, which moves the poller; take the node's row away; exit 0. Meanwhile the poller, should
 * it live here, goes on claiming for the other nodes. A second signal halts: the rescue is made for that.
 *
 * <p><b>Lives.</b> The process ({@link com.agenticverz.nova.node.Node}) keeps its console, metrics and connections; a life
 * in the cluster ({@link com.agenticverz.nova.node.Incarnation}) has an actor system of its own. One that is put out of the
 * cluster (downed, rescued, in the wrong cluster) stops its skills, hands back what it still may, and the next one begins.
 * Not by the exit of the process: whoever starts it again would add seconds, or might not be there.
 *
 * <p><b>Failure.</b> When the worker pool or its settler breaks, the process halts with exit code 1: what it holds is
 * unknown then, and everything that it holds is in the tables.
 */
@NullMarked
package com.agenticverz.nova.node;

import org.jspecify.annotations.NullMarked;

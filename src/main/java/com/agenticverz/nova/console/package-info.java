/**
 * What a node says over HTTP: {@code /metrics} for Prometheus, {@code /health/live} and {@code /health/ready} for
 * whoever supervises the process, and {@code /api} for those who do something with runs or steer the cluster.
 *
 * <p>Authority: none of its own. It is given suppliers, for the metrics' text, the readiness and the database, and asks
 * them at each request. What the API does to a run is what the commands do, by the same statements: fenced by them, not
 * here. A node that drains is alive and not ready: it should get no new work and must not be killed.
 *
 * <p>Health and metrics need no token, for those who ask have none. The API does: {@link
 * com.agenticverz.nova.console.HttpSettings} refuses to listen beyond loopback without one, and without one {@link
 * com.agenticverz.nova.console.ApiAccess} keeps the pages out that a browser on this host may have open.
 *
 * <p>Each request has a virtual thread. Failure: a port that is taken ends the start with one line; later, a request
 * that breaks gets a 500 and the node goes on. What the API refuses is {@code application/problem+json} with one line.
 * Statements of the API take two of the connections of the node at most, and are 503 while the database is away ({@link
 * com.agenticverz.nova.console.StoreAccess}).
 *
 * <p>Each part of the API has a file: its {@link com.agenticverz.nova.console.Route}s, what it reads of a request ({@link
 * com.agenticverz.nova.console.Fields}), one call of a store, the {@link com.agenticverz.nova.console.Answer}. What steers
 * the cluster is changed in the name of whoever calls: {@code ApiAccess.actor}.
 */
@NullMarked
package com.agenticverz.nova.console;

import org.jspecify.annotations.NullMarked;

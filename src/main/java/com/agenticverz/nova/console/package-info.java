/**
 * What a node says over HTTP: {@code /metrics} for Prometheus, {@code /health/live} and {@code /health/ready} for
 * whoever supervises the process.
 *
 * <p>Authority: none. It is given two suppliers, for the metrics' text and for the readiness, and asks them at each
 * request. A node that drains is alive and not ready: it should get no new work and must not be killed.
 *
 * <p>Health and metrics need no token, for those who ask have none. Everything else will: {@link
 * com.agenticverz.nova.console.HttpSettings} refuses to listen beyond loopback without one.
 *
 * <p>Each request has a virtual thread. Failure: a port that is taken ends the start with one line; later, a request
 * that breaks gets a 500 and the node goes on.
 */
@NullMarked
package com.agenticverz.nova.console;

import org.jspecify.annotations.NullMarked;

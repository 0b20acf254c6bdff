/**
 * The figures that {@code bench} takes: what Nova does on the user's own database.
 *
 * <p>Authority: a schema of its own ({@link com.agenticverz.nova.store.BenchSchema}), made by the ordinary migrations and
 * removed at the end. The node under test is the node of {@code worker}, in this process, with settings for that schema; the
 * user's runs, claims and nodes stand in another schema and are in nobody's sight.
 *
 * <p>What is timed: from when the runs are committed to when the node has been told that the last is settled, both by
 * the monotonic clock of this process. Nothing asks the tables meanwhile, for that would cost what is measured. Afterwards
 * they are asked: a figure over runs that did not all succeed at their first attempt is no figure, and ends the command.
 *
 * <p>Failure: {@link com.agenticverz.nova.cli.bench.Closing} closes what was opened, in reverse, at the end, when something
 * fails, and on SIGTERM and SIGINT. What a bench leaves that is killed, the next one removes.
 */
@NullMarked
package com.agenticverz.nova.cli.bench;

import org.jspecify.annotations.NullMarked;

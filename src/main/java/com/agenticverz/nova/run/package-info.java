/**
 * The model: what a run is, in words that the table, the actors and the skills share.
 *
 * <p>Values only, and nothing but the JDK: whoever reads this package knows what flows through all the others.
 * A {@link com.agenticverz.nova.run.NewRun} is what is enqueued, and {@link com.agenticverz.nova.run.Enqueued} what becomes
 * of it. A {@link com.agenticverz.nova.run.Run} is what a node gets to execute; its
 * {@link com.agenticverz.nova.run.Plan} says what to do; {@link com.agenticverz.nova.run.Ending} is how one attempt
 * ended; {@link com.agenticverz.nova.run.Outcome} is what that makes of the run; and
 * {@link com.agenticverz.nova.run.Fence} names the claim that every write to a run must still hold.
 */
@NullMarked
package com.agenticverz.nova.run;

import org.jspecify.annotations.NullMarked;

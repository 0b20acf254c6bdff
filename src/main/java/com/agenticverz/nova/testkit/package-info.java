/**
 * How people who write skills test them: {@link com.agenticverz.nova.testkit.SkillTester} calls a skill, stops one, and
 * executes plans, in a plain JVM.
 *
 * <p><b>The same code.</b> Plans are read and executed by the classes of a node, by way of
 * {@link com.agenticverz.nova.execute.PlanTrial}; so params, references, tries, timeouts and messages are those of
 * production. What a node keeps in the database is kept in memory here: finished steps, signals, heartbeats. Time passes
 * where a test has to wait for it only: there is no pause between tries, and a run that sleeps is woken by the test.
 *
 * <p><b>Words.</b> What a skill does wrong is in the result. What the test does wrong (a skill that is not there, settings
 * that are not valid, params without a JSON form) is an {@link java.lang.IllegalArgumentException}; who asks a result for
 * what it has not gets an {@link java.lang.AssertionError}, with what it has. No test framework is needed or known.
 *
 * <p>Nothing of a node uses this package.
 */
@NullMarked
package com.agenticverz.nova.testkit;

import org.jspecify.annotations.NullMarked;

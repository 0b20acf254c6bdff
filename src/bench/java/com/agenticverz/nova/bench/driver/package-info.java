/**
 * Measures Nova and its peers in turns: one round after the other, and in each round every contestant once for every
 * figure, on a database of its own that is new each time. A drift of the machine so meets them all, and a ratio is
 * that of two figures which were measured minutes apart.
 *
 * <p>A peer is a process that does what it is told in lines of JSON ({@link
 * com.agenticverz.nova.bench.driver.Conversation}). Between two commands the {@link
 * com.agenticverz.nova.bench.driver.Meters} are read. Nova is measured by its own command {@code bench}, which ships.
 *
 * <p>Failure: a figure is a number only if as many handlers ran as there were jobs and none is left. Everything else is
 * a {@link com.agenticverz.nova.bench.driver.BenchFailure}, which takes the place of the number and of nothing more.
 */
@NullMarked
package com.agenticverz.nova.bench.driver;

import org.jspecify.annotations.NullMarked;

/**
 * What Nova says about itself: log events, metrics, and how a log line looks.
 *
 * <p>Every log event name is in {@link com.agenticverz.nova.telemetry.Events} and every metric name in {@link
 * com.agenticverz.nova.telemetry.Metrics}; people grep for the ones and alert on the others, so both are a public
 * interface. No other class logs under the name {@code nova}, and no other imports Kamon.
 *
 * <p>A log line is one event: its name is the message, what belongs to it are fields. Levels: a healthy cluster logs
 * INFO; WARN is for what Nova deals with itself but somebody may want to know; ERROR is for the one event that the
 * runbook greps for, {@code worker_pool_poll_error}. Libraries are heard from WARN on.
 *
 * <p>Cost: at thousands of runs a second a line for each run costs more than the run, so two events may be sampled,
 * by run: of one run either both appear or none. Metrics resolve their tagged instruments once; a record on the hot
 * path is an addition to a histogram.
 *
 * <p>Secrets: what the process has used of them ({@link com.agenticverz.nova.telemetry.KnownSecrets}) is hidden in each line
 * of the log and in what is printed, whoever wrote it. A {@link com.agenticverz.nova.telemetry.Redaction} finds a value and
 * the encodings in which it commonly occurs, no others. Where there are no secrets, it costs the reading of a field.
 *
 * <p>Failure: none of it ever fails a run. Kamon is one per process, and so are the numbers: two {@code Metrics} in one
 * process count together.
 */
@NullMarked
package com.agenticverz.nova.telemetry;

import org.jspecify.annotations.NullMarked;

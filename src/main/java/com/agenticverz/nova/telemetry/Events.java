package com.agenticverz.nova.telemetry;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Every event that Nova logs, in the order in which a node lives through them. The runbook greps for these names.
 *
 * <p>A field that is a time says its unit in its name, except {@code poll_interval}, which is called as the setting
 * is and is in seconds.
 */
public final class Events {

    private static final Logger LOG = LoggerFactory.getLogger("nova");

    private static volatile int sampleEvery = 1;

    private Events() {}

    /**
     * Of so many runs, one has {@code run_dispatched} and {@code run_completed} logged: always the same one for both,
     * on whichever node.
     *
     * @param runs 1: every run
     */
    public static void sampleEvery(int runs) {
        if (runs < 1) {
            throw new IllegalArgumentException("sample every " + runs);
        }
        sampleEvery = runs;
    }

    /** The node knows these skills. */
    public static void skillsInitialized(Collection<String> names) {
        LOG.atInfo()
                .addKeyValue("count", names.size())
                .addKeyValue("skills", List.copyOf(names))
                .log("skills_initialized");
    }

    /** The database answers. The runbook looks for the word {@code connection}, hence that field. */
    public static void databaseConnected(String database, String serverVersion) {
        LOG.atInfo()
                .addKeyValue("connection", "established")
                .addKeyValue("database", database)
                .addKeyValue("server_version", serverVersion)
                .log("database_connected");
    }

    /**
     * The database does not answer, and the node waits for it at its start.
     *
     * @param what what it waits for, and why
     * @param giveUpIn the time from now until it stops waiting
     */
    public static void databaseWaiting(String what, Duration giveUpIn) {
        LOG.atWarn()
                .addKeyValue("connection", "waiting")
                .addKeyValue("reason", what)
                .addKeyValue("give_up_in_seconds", seconds(giveUpIn))
                .log("database_waiting");
    }

    /**
     * A migration found its table locked, and is tried again.
     *
     * @param tries so many so far
     */
    public static void schemaWaiting(String what, int tries, int mostTries) {
        LOG.atWarn()
                .addKeyValue("reason", what)
                .addKeyValue("tries", tries)
                .addKeyValue("most_tries", mostTries)
                .addKeyValue("hint", "a transaction stays open that uses a table: see pg_stat_activity")
                .log("schema_waiting");
    }

    /** The node is about to take runs. */
    public static void workerPoolStarting(int concurrency, int batchSize, Duration pollInterval) {
        LOG.atInfo()
                .addKeyValue("concurrency", concurrency)
                .addKeyValue("batch_size", batchSize)
                .addKeyValue("poll_interval", seconds(pollInterval))
                .log("worker_pool_starting");
    }

    /**
     * How long runs are kept after they have ended, while it is this node that polls.
     *
     * @param succeeded such as {@code 30d}, or {@code off}: for ever; so are the others
     */
    public static void retention(String succeeded, String cancelled, String failed) {
        LOG.atInfo()
                .addKeyValue("succeeded", succeeded)
                .addKeyValue("cancelled", cancelled)
                .addKeyValue("failed", failed)
                .log("retention");
    }

    /**
     * The node is a member of the cluster.
     *
     * @param address where the other nodes reach it
     * @param node this incarnation of it
     * @param members how many members there are now, this one included
     */
    public static void clusterJoined(String address, UUID node, int members) {
        LOG.atInfo()
                .addKeyValue("address", address)
                .addKeyValue("node", node)
                .addKeyValue("members", members)
                .log("cluster_joined");
    }

    /**
     * Has not been let into the cluster yet, though it should have been.
     *
     * @param members those it asks; empty: it finds none
     * @param hint what to look at
     */
    public static void clusterWaiting(String address, Collection<String> members, String hint) {
        LOG.atWarn()
                .addKeyValue("address", address)
                .addKeyValue("members", String.join(", ", members))
                .addKeyValue("consequence", "takes no runs; looks again every second")
                .addKeyValue("hint", hint)
                .log("cluster_waiting");
    }

    /** Ends its membership and begins another, as a new node. */
    public static void clusterRejoining(UUID node, String reason) {
        LOG.atWarn().addKeyValue("node", node).addKeyValue("reason", reason).log("cluster_rejoining");
    }

    /** Cannot begin its next membership yet, and tries again. */
    public static void rejoinFailed(Throwable cause) {
        LOG.atWarn().addKeyValue("cause", String.valueOf(cause.getMessage())).log("cluster_rejoin_waiting");
    }

    /** The console answers at this URL. */
    public static void httpListening(String url) {
        LOG.atInfo().addKeyValue("url", url).log("http_listening");
    }

    /** This node's poller holds the lease of this epoch. */
    public static void pollerStarted(long epoch) {
        LOG.atInfo().addKeyValue("epoch", epoch).log("poller_started");
    }

    /** This node's poller no longer claims. */
    public static void pollerStopped(long epoch) {
        LOG.atInfo().addKeyValue("epoch", epoch).log("poller_stopped");
    }

    /** Another node holds the lease of the poller; this one takes over when it is free. */
    public static void pollerStandingBy() {
        LOG.atInfo().log("poller_standing_by");
    }

    /**
     * A schedule has ticked.
     *
     * @param run that was enqueued; null: none, because that of an earlier tick goes on, or this one had been before
     * @param cancelled the run of the tick before it; null: none was cancelled
     */
    public static void scheduleTicked(String schedule, Instant tick, @Nullable UUID run, @Nullable UUID cancelled) {
        var event = LOG.atInfo().addKeyValue("schedule", schedule).addKeyValue("tick", tick);
        if (run != null) {
            event = event.addKeyValue("run_id", run);
        }
        if (cancelled != null) {
            event = event.addKeyValue("cancelled_run_id", cancelled);
        }
        event.log("schedule_ticked");
    }

    /**
     * Ticks of a schedule were seen too late, and get no run.
     *
     * @param from the first of them
     * @param to the first one after them that gets a run; null: that is still to come
     */
    public static void scheduleTicksMissed(String schedule, Instant from, @Nullable Instant to) {
        var event = LOG.atWarn().addKeyValue("schedule", schedule).addKeyValue("from", from);
        if (to != null) {
            event = event.addKeyValue("to", to);
        }
        event.log("schedule_ticks_missed");
    }

    /** Something is wrong with a schedule, which does not tick for it. Others do. */
    public static void scheduleFailed(String schedule, String problem) {
        LOG.atWarn()
                .addKeyValue("schedule", schedule)
                .addKeyValue("problem", problem)
                .log("schedule_failed");
    }

    /**
     * What the poller did since the last summary.
     *
     * @param fetched runs claimed since then
     * @param queued runs that wait now
     */
    public static void pollSummary(long fetched, long queued) {
        LOG.atInfo()
                .addKeyValue("fetched", fetched)
                .addKeyValue("queued", queued)
                .log("poll_summary");
    }

    /**
     * A poll failed.
     *
     * @param consequence what happens now, and who repairs it
     * @param cause why; its message is logged, its stack trace only at level DEBUG
     */
    public static void pollFailed(String consequence, Throwable cause) {
        LOG.atError().addKeyValue("consequence", consequence).setCause(cause).log("worker_pool_poll_error");
    }

    /**
     * Notifications are not heard, so that new runs are found by polling only.
     *
     * @param cause why
     */
    public static void listenUnavailable(String cause) {
        LOG.atWarn().addKeyValue("cause", cause).log("listen_unavailable");
    }

    /** A worker of {@code node} has begun an attempt. Sampled. */
    public static void runDispatched(UUID runId, String agentId, int attempt, UUID node) {
        if (LOG.isInfoEnabled() && isSampled(runId)) {
            LOG.atInfo()
                    .addKeyValue("run_id", runId)
                    .addKeyValue("agent_id", agentId)
                    .addKeyValue("attempt", attempt)
                    .addKeyValue("node", node)
                    .log("run_dispatched");
        }
    }

    /**
     * A run has succeeded. Sampled.
     *
     * @param ran how long this attempt took
     */
    public static void runCompleted(UUID runId, String agentId, int attempt, Duration ran) {
        if (LOG.isInfoEnabled() && isSampled(runId)) {
            LOG.atInfo()
                    .addKeyValue("run_id", runId)
                    .addKeyValue("agent_id", agentId)
                    .addKeyValue("attempt", attempt)
                    .addKeyValue("ran_seconds", seconds(ran))
                    .log("run_completed");
        }
    }

    /**
     * A run sleeps, and its attempt goes on later.
     *
     * @param duration how long, from now
     */
    public static void runSnoozed(UUID runId, String agentId, int attempt, Duration duration) {
        if (LOG.isInfoEnabled() && isSampled(runId)) {
            LOG.atInfo()
                    .addKeyValue("run_id", runId)
                    .addKeyValue("agent_id", agentId)
                    .addKeyValue("attempt", attempt)
                    .addKeyValue("snooze_seconds", seconds(duration))
                    .log("run_snoozed");
        }
    }

    /**
     * A run was not executed here, because its plan needs skills that this node does not have; it waits for a node that has
     * them. Said once a minute of each skill, with one of its runs.
     *
     * @param agentId of that run
     * @param skills those that are missing here
     * @param retryIn the time from now until it is offered again to any node that takes it
     */
    public static void runWaitsForSkill(UUID runId, String agentId, Collection<String> skills, Duration retryIn) {
        LOG.atWarn()
                .addKeyValue("run_id", runId)
                .addKeyValue("agent_id", agentId)
                .addKeyValue("skills", List.copyOf(skills))
                .addKeyValue("retry_in_seconds", seconds(retryIn))
                .log("run_waits_for_skill");
    }

    /**
     * An attempt failed and another one follows.
     *
     * @param retryIn the time from now to the next attempt
     * @param message what went wrong
     */
    public static void runRetryScheduled(UUID runId, String agentId, int attempt, Duration retryIn, String message) {
        LOG.atWarn()
                .addKeyValue("run_id", runId)
                .addKeyValue("agent_id", agentId)
                .addKeyValue("attempt", attempt)
                .addKeyValue("retry_in_seconds", seconds(retryIn))
                .addKeyValue("reason", message)
                .log("run_retry_scheduled");
    }

    /**
     * A run has failed for good.
     *
     * @param message what went wrong
     */
    public static void runFailed(UUID runId, String agentId, int attempt, String message) {
        LOG.atWarn()
                .addKeyValue("run_id", runId)
                .addKeyValue("agent_id", agentId)
                .addKeyValue("attempt", attempt)
                .addKeyValue("reason", message)
                .log("run_failed");
    }

    /**
     * A run was stopped.
     *
     * @param reason who or what stopped it
     */
    public static void runCancelled(UUID runId, String agentId, String reason) {
        LOG.atInfo()
                .addKeyValue("run_id", runId)
                .addKeyValue("agent_id", agentId)
                .addKeyValue("reason", reason)
                .log("run_cancelled");
    }

    /**
     * A write changed nothing, because the run has moved on from the claim under which it was made.
     *
     * @param claimId the claim that the write named
     * @param write which write: mark, checkpoint, settle, snooze or hand-back; or the heartbeat that found it
     * @param found what the row said instead
     */
    public static void runFenced(UUID runId, long claimId, String write, String found) {
        LOG.atWarn()
                .addKeyValue("run_id", runId)
                .addKeyValue("claim_id", claimId)
                .addKeyValue("write", write)
                .addKeyValue("found", found)
                .log("run_fenced");
    }

    /**
     * A node is gone and its runs were taken from it.
     *
     * @param requeued runs that are back in the queue
     * @param failed runs that had no attempt left
     */
    public static void runsRescued(UUID node, int requeued, int failed) {
        LOG.atWarn()
                .addKeyValue("node", node)
                .addKeyValue("count", requeued + failed)
                .addKeyValue("failed", failed)
                .log("runs_rescued");
    }

    /**
     * Runs that had ended long enough ago are no longer there.
     *
     * @param count since the last time
     */
    public static void runsDeleted(long count) {
        LOG.atInfo().addKeyValue("count", count).log("runs_deleted");
    }

    /**
     * Runs are old enough to be deleted, but cannot be; all others are.
     *
     * @param cause why, such as a table of somebody's that refers to one
     */
    public static void runsNotDeleted(String cause) {
        LOG.atWarn().addKeyValue("cause", cause).log("runs_not_deleted");
    }

    /**
     * A worker broke and a new one took its place.
     *
     * @param cause why
     */
    public static void workerRestarted(String cause) {
        LOG.atWarn().addKeyValue("cause", cause).log("worker_restarted");
    }

    /**
     * Outcomes wait in memory until the database is back.
     *
     * @param count how many
     * @param cause why they could not be written
     */
    public static void outcomesWaiting(int count, String cause) {
        LOG.atWarn().addKeyValue("count", count).addKeyValue("cause", cause).log("outcomes_waiting");
    }

    /**
     * A skill goes on though it was interrupted.
     *
     * @param replaced whether another run may take its place; if not, its worker waits for it
     * @param abandoned how many there are now on this node
     */
    public static void skillAbandoned(UUID runId, String step, boolean replaced, int abandoned) {
        LOG.atWarn()
                .addKeyValue("run_id", runId)
                .addKeyValue("step", step)
                .addKeyValue("replaced", replaced)
                .addKeyValue("abandoned", abandoned)
                .log("skill_abandoned");
    }

    /**
     * What a skill said of its step is not written; the run goes on.
     *
     * @param reason in the words of PostgreSQL, where it does not take it
     */
    public static void stepReportDropped(UUID runId, String stepId, String reason) {
        LOG.atWarn()
                .addKeyValue("run_id", runId)
                .addKeyValue("step", stepId)
                .addKeyValue("reason", reason)
                .log("step_report_dropped");
    }

    /**
     * The node executes another number of runs at once from now on.
     *
     * @param activeRuns those that it executes now; they all go on
     */
    public static void nodeResized(int from, int to, int activeRuns) {
        LOG.atInfo()
                .addKeyValue("from", from)
                .addKeyValue("to", to)
                .addKeyValue("active_runs", activeRuns)
                .log("node_resized");
    }

    /**
     * The node takes no new runs, because somebody wants it so, and stays where it is.
     *
     * @param activeRuns those that it goes on with
     */
    public static void nodeDraining(int activeRuns) {
        LOG.atInfo().addKeyValue("active_runs", activeRuns).log("node_draining");
    }

    /** The node takes runs again. */
    public static void nodeResumed() {
        LOG.atInfo().log("node_resumed");
    }

    /** The process was told to stop. */
    public static void signalReceived(String signal) {
        LOG.atInfo().addKeyValue("signal", signal).log("worker_pool_signal_received");
    }

    /** The node takes no more runs and finishes those that it executes. */
    public static void shuttingDown(int activeRuns) {
        LOG.atInfo().addKeyValue("active_runs", activeRuns).log("worker_pool_shutting_down");
    }

    /**
     * The node executes nothing any more.
     *
     * @param graceful whether everything that it executed was finished in time
     * @param released runs that it handed back instead
     */
    public static void stopped(boolean graceful, int released) {
        LOG.atInfo()
                .addKeyValue("graceful", graceful)
                .addKeyValue("released", released)
                .log("worker_pool_stopped");
    }

    private static boolean isSampled(UUID runId) {
        int every = sampleEvery;
        return every == 1 || Math.floorMod(runId.hashCode(), every) == 0;
    }

    /** To the microsecond, and never as 1.2E-4. */
    private static BigDecimal seconds(Duration duration) {
        var seconds = BigDecimal.valueOf(duration.toNanos() / 1000, 6).stripTrailingZeros();
        return seconds.scale() < 0 ? seconds.setScale(0) : seconds;
    }
}

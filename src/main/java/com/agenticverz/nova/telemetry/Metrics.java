package com.agenticverz.nova.telemetry;

import com.agenticverz.nova.run.RunStatus;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import kamon.Kamon;
import kamon.metric.Counter;
import kamon.metric.DynamicRange;
import kamon.metric.Gauge;
import kamon.metric.Histogram;
import kamon.metric.Metric;
import kamon.metric.Timer;
import kamon.module.Module;
import kamon.prometheus.PrometheusReporter;
import kamon.util.Filter;

/**
 * Every number that Nova shows on {@code /metrics}, each under the one name that dashboards and alerts know.
 *
 * <p>Made once, at the root, and passed to whoever counts; all methods may be called from any thread. What is counted
 * shows up with the next tick, after a second at most. Over Kamon, which is one per process: two {@code Metrics} in
 * one process count together.
 */
public final class Metrics implements AutoCloseable {

    /**
     * Buckets reach as far as a run may: the slowest ones are those that people look for. Kamon's instrumentation is
     * never attached, and the text is served by Nova's own HTTP server.
     */
    private static final String KAMON = """
            kamon {
              init.hide-banner = yes
              environment { service = nova, host = localhost, instance = nova }
              metric.tick-interval = 1 second
              metric.optimistic-tick-alignment = no
              modules.prometheus-reporter.enabled = no
              prometheus {
                start-embedded-http-server = no
                buckets.custom {
                  nova_run_duration_seconds = [0.005, 0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600]
                  nova_skill_duration_seconds = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800]
                  nova_run_wait_seconds = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600, 1800, 3600]
                  nova_poll_duration_seconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30]
                  nova_claim_batch_size = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096, 10000]
                  nova_settle_batch_size = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096, 10000]
                }
              }
            }
            """;

    /** A run may take a week; beyond an hour Kamon's own range would cut it off. */
    private static final DynamicRange UP_TO_A_WEEK =
            DynamicRange.Default().upTo(Duration.ofDays(7).toNanos());

    private static final AtomicInteger REPORTERS = new AtomicInteger();
    private static final int LONGEST_TAG = 100;

    private static boolean kamonStarted;

    private final PrometheusReporter reporter = PrometheusReporter.create();
    private final Module.Registration registration;

    private final Gauge poolSize;
    private final Gauge queued;
    private final Gauge settleBacklog;
    private final Gauge clusterMembers;
    private final Gauge pollerActive;
    private final Gauge skillsAbandonedNow;
    private final Counter workerErrors;
    private final Counter rescued;
    private final Counter fenced;
    private final Counter deleted;
    private final Counter skillsAbandoned;
    private final Timer runWait;
    private final Timer pollDuration;
    private final Histogram claimBatch;
    private final Histogram settleBatch;
    private final Map<RunStatus, Counter> runs = new EnumMap<>(RunStatus.class);
    private final Map<RunStatus, Timer> runDuration = new EnumMap<>(RunStatus.class);
    private final Metric.Timer skillDuration;
    private final Map<String, Timer> skillDurations = new ConcurrentHashMap<>();

    /** Not Kamon's: those only show up with a tick. */
    private final LongAdder ended = new LongAdder();

    /**
     * Starts Kamon and touches every metric, so that each is there, counters and gauges at 0, from the first tick
     * on.
     */
    public static Metrics start() {
        startKamon();
        return new Metrics();
    }

    private Metrics() {
        poolSize = gauge("nova_worker_pool_size", "Runs that this node executes in parallel at most.");
        queued = gauge("nova_runs_queued", "Runs queued or waiting for a retry; 0 on all nodes but the poller's.");
        settleBacklog = gauge("nova_settle_backlog", "Outcomes on this node that are not in the database yet.");
        clusterMembers = gauge("nova_cluster_members", "Members of the cluster, as this node sees it.");
        pollerActive = gauge("nova_poller_active", "1 on the node whose poller claims runs, 0 on the others.");
        skillsAbandonedNow = gauge(
                "nova_skills_abandoned_running",
                "Skills on this node that go on at this moment though they were interrupted.");
        workerErrors = counter("nova_worker_errors_total", "Attempts and polls on this node that failed.");
        rescued = counter("nova_runs_rescued_total", "Runs taken from nodes that were gone.");
        fenced = counter("nova_runs_fenced_total", "Writes that changed nothing because their run had moved on.");
        deleted = counter("nova_runs_deleted_total", "Runs deleted because they had ended long enough ago.");
        skillsAbandoned = counter("nova_skills_abandoned_total", "Skills that went on after they were interrupted.");
        runWait = timer("nova_run_wait_seconds", "Time from when a run was due until it was claimed.")
                .withoutTags();
        pollDuration = timer("nova_poll_duration_seconds", "Time that one claim query took.")
                .withoutTags();
        claimBatch = Kamon.histogram("nova_claim_batch_size", "Runs that one claim fetched.")
                .withoutTags();
        settleBatch = Kamon.histogram("nova_settle_batch_size", "Outcomes that one write settled.")
                .withoutTags();
        skillDuration = timer("nova_skill_duration_seconds", "Time that one call of a skill took, by skill.");
        Metric.Counter runsByStatus =
                Kamon.counter("nova_runs_total", "Attempts that ended, by what became of the run.");
        Metric.Timer durationByStatus =
                timer("nova_run_duration_seconds", "Time that one attempt took, by what became of the run.");
        for (RunStatus status : RunStatus.values()) {
            if (status.isTerminal() || status == RunStatus.RETRY) {
                runs.put(status, runsByStatus.withTag("status", status.column()));
                runDuration.put(status, durationByStatus.withTag("status", status.column()));
            }
        }
        // Kamon outlives this object, and so do the values of its gauges.
        List.of(poolSize, queued, settleBacklog, clusterMembers, pollerActive, skillsAbandonedNow)
                .forEach(gauge -> gauge.update(0));
        // Kamon counts things about itself, which are nobody's concern here.
        registration = Kamon.addReporter("nova-" + REPORTERS.incrementAndGet(), reporter, Filter.fromGlob("nova_*"));
    }

    /** How many runs this node executes in parallel at most. */
    public void poolSize(int concurrency) {
        poolSize.update(concurrency);
    }

    /** How many runs are queued or wait for a retry, in the whole cluster; for the poller's node to say. */
    public void queued(long runs) {
        queued.update(runs);
    }

    /** Whether this node's poller claims. One that stopped knows nothing of the queue any more, so that goes to 0. */
    public void pollerActive(boolean active) {
        pollerActive.update(active ? 1 : 0);
        if (!active) {
            queued.update(0);
        }
    }

    /** How many members the cluster has, as this node sees it. */
    public void clusterMembers(int members) {
        clusterMembers.update(members);
    }

    /**
     * A claim query came back.
     *
     * @param took how long it took
     * @param fetched runs that it fetched; none is no batch
     */
    public void polled(Duration took, int fetched) {
        pollDuration.record(took);
        if (fetched > 0) {
            claimBatch.record(fetched);
        }
    }

    /** A run was claimed that had been due for so long. */
    public void runWaited(Duration waited) {
        runWait.record(notNegative(waited));
    }

    /**
     * An attempt ended.
     *
     * @param status what became of the run: a terminal status or {@code RETRY}
     * @param ran how long the attempt took
     * @throws IllegalArgumentException for any other status, which no attempt ends with
     */
    public void runEnded(RunStatus status, Duration ran) {
        Counter counter = runs.get(status);
        Timer timer = runDuration.get(status);
        if (counter == null || timer == null) {
            throw new IllegalArgumentException("no attempt ends with the status " + status);
        }
        ended.increment();
        counter.increment();
        timer.record(notNegative(ran));
    }

    /** Attempts that have ended and are written so far; at once, where a scrape is up to a second late. */
    public long runsEnded() {
        return ended.sum();
    }

    /**
     * A call of a skill came back.
     *
     * @param skill the name of a registered skill; names from elsewhere could grow without limit
     * @param took how long it took
     */
    public void skillEnded(String skill, Duration took) {
        skillDurations
                .computeIfAbsent(skill, name -> skillDuration.withTag("skill", tagValue(name)))
                .record(notNegative(took));
    }

    /** A skill went on after it was interrupted, for so long that nobody waits for it any more. */
    public void skillAbandoned() {
        skillsAbandoned.increment();
    }

    /** How many of these go on. */
    public void skillsAbandonedNow(int skills) {
        skillsAbandonedNow.update(skills);
    }

    /** An attempt or a poll on this node failed. */
    public void workerError() {
        workerErrors.increment();
    }

    /** One write settled so many outcomes. */
    public void settled(int outcomes) {
        settleBatch.record(outcomes);
    }

    /** So many outcomes on this node are not in the database yet. */
    public void settleBacklog(int outcomes) {
        settleBacklog.update(outcomes);
    }

    /** So many runs were taken from nodes that are gone. */
    public void runsRescued(int count) {
        rescued.increment(count);
    }

    /** So many writes changed nothing because their runs had moved on. */
    public void runsFenced(int count) {
        fenced.increment(count);
    }

    /** So many runs that had ended long enough ago are no longer there. */
    public void runsDeleted(int count) {
        deleted.increment(count);
    }

    /**
     * All of it, in Prometheus' text format 0.0.4. In the first second there is nothing but a comment; a histogram
     * without a sample has its name and no series.
     */
    public String scrape() {
        return reporter.scrapeData();
    }

    /** Ends the reporting; the thread that does it would keep the process alive. */
    @Override
    public void close() {
        registration.cancel();
    }

    private static synchronized void startKamon() {
        if (!kamonStarted) {
            Kamon.initWithoutAttaching(ConfigFactory.parseString(KAMON)
                    .withFallback(ConfigFactory.defaultReference(Metrics.class.getClassLoader()))
                    .resolve());
            kamonStarted = true;
        }
    }

    private static Gauge gauge(String name, String description) {
        return Kamon.gauge(name, description).withoutTags();
    }

    private static Counter counter(String name, String description) {
        return Kamon.counter(name, description).withoutTags();
    }

    private static Metric.Timer timer(String name, String description) {
        return Kamon.timer(name, description, UP_TO_A_WEEK);
    }

    /** Kamon does not escape what it puts between quotes. */
    private static String tagValue(String name) {
        String clean = name.replaceAll("[^A-Za-z0-9_.:/-]", "_");
        return clean.length() <= LONGEST_TAG ? clean : clean.substring(0, LONGEST_TAG);
    }

    /** Clocks of two machines may disagree about when a run was due. */
    private static Duration notNegative(Duration duration) {
        return duration.isNegative() ? Duration.ZERO : duration;
    }
}

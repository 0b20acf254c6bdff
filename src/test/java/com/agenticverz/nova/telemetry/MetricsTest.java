package com.agenticverz.nova.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.agenticverz.nova.run.RunStatus;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** One process has one set of numbers, so what is there at the start is looked at first. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class MetricsTest {

    private static Metrics metrics;

    @BeforeAll
    static void start() {
        metrics = Metrics.start();
    }

    @AfterAll
    static void close() {
        metrics.close();
    }

    @Test
    @Order(1)
    void everyNameIsThereFromTheStart() {
        eventually(
                "nova_worker_pool_size 0.0",
                "nova_runs_queued 0.0",
                "nova_settle_backlog 0.0",
                "nova_cluster_members 0.0",
                "nova_poller_active 0.0",
                "nova_worker_errors_total 0.0",
                "nova_runs_rescued_total 0.0",
                "nova_runs_fenced_total 0.0",
                "nova_runs_deleted_total 0.0",
                "nova_skills_abandoned_running 0.0",
                "nova_skills_abandoned_total 0.0",
                "nova_runs_total{status=\"succeeded\"} 0.0",
                "nova_runs_total{status=\"failed\"} 0.0",
                "nova_runs_total{status=\"cancelled\"} 0.0",
                "nova_runs_total{status=\"retry\"} 0.0",
                "# TYPE nova_run_duration_seconds histogram",
                "# TYPE nova_run_wait_seconds histogram",
                "# TYPE nova_poll_duration_seconds histogram",
                "# TYPE nova_claim_batch_size histogram",
                "# TYPE nova_settle_batch_size histogram");
    }

    @Test
    @Order(2)
    void whatIsCountedShowsUp() {
        metrics.poolSize(4);
        metrics.pollerActive(true);
        metrics.queued(1_000_000);
        metrics.clusterMembers(3);
        metrics.polled(Duration.ofMillis(2), 8);
        metrics.runWaited(Duration.ofMillis(-5));
        metrics.runEnded(RunStatus.SUCCEEDED, Duration.ofMillis(20));
        metrics.runEnded(RunStatus.FAILED, Duration.ofHours(5));
        metrics.settled(2);
        metrics.settleBacklog(5);
        metrics.runsRescued(7);
        metrics.runsFenced(1);
        metrics.runsDeleted(3);
        metrics.workerError();
        metrics.skillAbandoned();
        metrics.skillsAbandonedNow(2);
        metrics.skillEnded("say \"hello\"\n", Duration.ofMillis(3));
        eventually(
                "nova_worker_pool_size 4.0",
                "nova_poller_active 1.0",
                "nova_runs_queued 1000000.0",
                "nova_cluster_members 3.0",
                "nova_poll_duration_seconds_bucket{le=\"0.0025\"} 1.0",
                "nova_claim_batch_size_sum 8.0",
                "nova_run_wait_seconds_count 1.0",
                "nova_runs_total{status=\"succeeded\"} 1.0",
                "nova_run_duration_seconds_bucket{le=\"0.05\",status=\"succeeded\"} 1.0",
                "nova_run_duration_seconds_bucket{le=\"3600.0\",status=\"failed\"} 0.0",
                "nova_run_duration_seconds_bucket{le=\"+Inf\",status=\"failed\"} 1.0",
                "nova_settle_batch_size_count 1.0",
                "nova_settle_backlog 5.0",
                "nova_runs_rescued_total 7.0",
                "nova_runs_fenced_total 1.0",
                "nova_runs_deleted_total 3.0",
                "nova_worker_errors_total 1.0",
                "nova_skills_abandoned_running 2.0",
                "nova_skills_abandoned_total 1.0",
                "nova_skill_duration_seconds_count{skill=\"say__hello__\"} 1.0");
        assertThat(metrics.scrape()).doesNotContain("kamon_");
    }

    @Test
    @Order(3)
    void aPollerThatStoppedNoLongerSaysHowManyRunsAreQueued() {
        metrics.queued(5);
        metrics.pollerActive(false);
        eventually("nova_poller_active 0.0", "nova_runs_queued 0.0");
    }

    @Test
    @Order(4)
    void noAttemptEndsQueued() {
        assertThatThrownBy(() -> metrics.runEnded(RunStatus.QUEUED, Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("QUEUED");
    }

    @Test
    @Order(5)
    void aSecondOneInTheProcessCountsTogetherWithTheFirst() {
        try (Metrics second = Metrics.start()) {
            second.runsRescued(1);
            eventually("nova_runs_rescued_total 8.0");
        }
        metrics.runsRescued(1);
        eventually("nova_runs_rescued_total 9.0");
    }

    private static void eventually(String... lines) {
        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(metrics.scrape().lines()).contains(lines));
    }
}

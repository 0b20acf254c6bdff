package com.agenticverz.nova.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class NotificationsTest {

    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.create();

    private final Semaphore wakes = new Semaphore(0);
    private final BlockingQueue<String> reasons = new LinkedBlockingQueue<>();

    @BeforeEach
    void thePollerIsIdle() {
        DATABASE.execute("DELETE FROM leases");
        DATABASE.execute("INSERT INTO leases (name, owner, epoch, expires_at, idle)"
                + " VALUES ('poller', 'test', 1, 'infinity', true)");
        // Those of the test before.
        await().until(() -> listeners().isEmpty());
    }

    @Test
    void anInsertWakesWhoListens() throws InterruptedException {
        try (var _ = listen(DATABASE.database().notifications())) {
            assertWoken();

            DATABASE.insertRun();

            assertWoken();
            assertThat(reasons).isEmpty();
        }
    }

    @Test
    void aLostConnectionIsSaidAndOpenedAgain() throws InterruptedException {
        try (var _ = listen(DATABASE.database().notifications())) {
            assertWoken();

            DATABASE.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    + " WHERE application_name = 'nova-listen' AND datname = current_database()");

            assertThat(reasons.poll(10, TimeUnit.SECONDS)).contains("terminating connection");
            // What was inserted meanwhile is found by waking once.
            assertWoken();
            DATABASE.insertRun();
            assertWoken();
        }
    }

    @Test
    void aFailedProbeIsSaidAndTriedAgain() throws InterruptedException {
        var tries = new AtomicInteger();
        var runs = new RunStore(Jdbi.create(() -> {
            if (tries.getAndIncrement() == 0) {
                throw new SQLException("the pooled address is away");
            }
            return DATABASE.connect();
        }));

        try (var _ = listen(new Notifications(Database.dataSource(DATABASE.url(), "nova-listen", 0), runs))) {
            assertThat(reasons.poll(10, TimeUnit.SECONDS)).isEqualTo("the pooled address is away");
            assertWoken();
        }
    }

    @Test
    void aServerThatIsAwayIsSaidEachTime() throws InterruptedException {
        var nowhere = Database.dataSource(DatabaseUrl.parse("url", "postgresql://nova@127.0.0.1:1/nova"), "", 0);

        try (var _ = listen(new Notifications(nowhere, DATABASE.database().runs()))) {
            assertThat(reasons.poll(10, TimeUnit.SECONDS)).contains("refused");
            assertThat(reasons.poll(10, TimeUnit.SECONDS)).contains("refused");
        }
    }

    @Test
    void anAddressWhereNothingArrivesIsSaidToBeSo() throws InterruptedException {
        // A notification does not leave its database: to this listener it is lost, as behind PgBouncer.
        try (var elsewhere = TestDatabase.create();
                var _ = listen(new Notifications(
                        Database.dataSource(DATABASE.url(), "nova-listen", 0),
                        elsewhere.database().runs()))) {
            assertThat(reasons.poll(10, TimeUnit.SECONDS)).contains("does not deliver notifications");
            assertThat(wakes.availablePermits()).isZero();
        }
    }

    @Test
    void whoIsClosedWhileItWaitsStopsAtOnce() throws InterruptedException {
        var subscription = listen(DATABASE.database().notifications());
        assertWoken();

        subscription.close();

        // Sooner than it would look up by itself.
        await().atMost(Duration.ofSeconds(5)).until(() -> listeners().isEmpty());
        assertThat(reasons).isEmpty();
    }

    private Notifications.Subscription listen(Notifications notifications) {
        return notifications.listen(_ -> wakes.release(), reasons::add);
    }

    private void assertWoken() throws InterruptedException {
        assertThat(wakes.tryAcquire(10, TimeUnit.SECONDS)).as("woken").isTrue();
    }

    private static List<?> listeners() {
        return DATABASE.rows("SELECT pid FROM pg_stat_activity"
                + " WHERE application_name = 'nova-listen' AND datname = current_database()");
    }
}

package com.agenticverz.nova.claim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.agenticverz.nova.cluster.TestSystems;
import com.agenticverz.nova.store.TestDatabase;
import com.agenticverz.nova.telemetry.Metrics;
import java.time.Duration;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** On a real PostgreSQL; the rests are by manual time. */
@Timeout(120)
class SweeperTest {

    @RegisterExtension
    static final TestDatabase DB = TestDatabase.create();

    private static final ActorTestKit KIT =
            ActorTestKit.create("sweeper-test", ManualTime.config().withFallback(TestSystems.local()));
    private static final ManualTime TIME = ManualTime.get(KIT.system());
    private static final RetentionSettings A_DAY =
            new RetentionSettings(Duration.ofDays(1), Duration.ofDays(1), Duration.ZERO);
    private static Metrics metrics;
    private static long epoch;

    private @Nullable ActorRef<Sweeper.Command> sweeper;

    @BeforeAll
    static void start() {
        metrics = Metrics.start();
        epoch = DB.database()
                .leases()
                .acquire("poller", "test", Duration.ofHours(1))
                .orElseThrow();
    }

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
        metrics.close();
    }

    @BeforeEach
    void empty() {
        DB.execute("DROP TABLE IF EXISTS invoices");
        DB.empty("runs");
    }

    @AfterEach
    void stopSweeper() {
        if (sweeper != null) {
            KIT.stop(sweeper);
        }
    }

    @Test
    void whatIsOldEnoughIsGoneAfterAPassAndWhatIsNotStays() {
        insert("succeeded", "2 days", 2_500);
        insert("cancelled", "2 days", 300);
        insert("failed", "2 days", 20);
        insert("succeeded", "2 hours", 30);
        insert("queued", null, 40);

        sweeper = KIT.spawn(sweeper(A_DAY));

        passUntil("SELECT count(*) = 90 FROM runs");
        // And the next pass finds what has come since.
        insert("succeeded", "2 days", 1);
        passUntil("SELECT count(*) = 90 FROM runs");
        assertThat(DB.rows("SELECT status, count(*) AS runs FROM runs GROUP BY 1 ORDER BY 1"))
                .extracting(row -> row.get("status") + " " + row.get("runs"))
                .containsExactly("failed 20", "queued 40", "succeeded 30");
        // Shown a second later, so that what another test has deleted may be in it: fewer than these.
        await().until(() -> deleted() >= 2_801);
    }

    @Test
    void whatATableOfSomebodysRefersToStaysAndHoldsUpNoOthers() {
        insert("succeeded", "2 days", 2_000);
        DB.execute("CREATE TABLE invoices (run_id uuid REFERENCES runs)");
        DB.execute("INSERT INTO invoices SELECT id FROM runs ORDER BY id OFFSET 500 LIMIT 1");

        sweeper = KIT.spawn(sweeper(A_DAY));

        // Those that are tried together with it in the end.
        passUntil("SELECT count(*) <= 10 FROM runs");
        assertThat(DB.one(Long.class, "SELECT count(*) FROM runs JOIN invoices ON run_id = id"))
                .isEqualTo(1);
    }

    @Test
    void whereEverythingIsKeptThereIsNoSweeper() {
        var off = new RetentionSettings(Duration.ZERO, Duration.ZERO, Duration.ZERO);

        assertThat(sweeper(off)).isSameAs(Behaviors.<Sweeper.Command>ignore());
    }

    private static Behavior<Sweeper.Command> sweeper(RetentionSettings settings) {
        return Sweeper.create(DB.database(), epoch, settings, metrics, System::nanoTime);
    }

    /** Ids as of the day before: time-ordered, and old enough to be looked at. */
    private static void insert(String status, @Nullable String ended, int runs) {
        DB.execute(
                "INSERT INTO runs (id, agent_id, plan, status, completed_at)"
                        + " SELECT (lpad(to_hex((extract(epoch FROM now() - interval '3 days') * 1000)::bigint), 12, '0')"
                        + "         || '7' || substr(md5(random()::text), 1, 19))::uuid, 'a', '{}', ?, now() - ?::interval"
                        + " FROM generate_series(1, ?)",
                status,
                ended,
                runs);
    }

    /** Of all tests of this class. */
    private static double deleted() {
        return metrics.scrape()
                .lines()
                .filter(line -> line.startsWith("nova_runs_deleted_total "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(' '))))
                .sum();
    }

    private static void passUntil(String condition) {
        await().pollInterval(Duration.ofMillis(5))
                .atMost(Duration.ofSeconds(60))
                .until(() -> {
                    TIME.timePasses(Duration.ofSeconds(1));
                    return DB.one(Boolean.class, condition);
                });
    }
}

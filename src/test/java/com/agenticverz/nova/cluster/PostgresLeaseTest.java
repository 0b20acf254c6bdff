package com.agenticverz.nova.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.agenticverz.nova.settle.Wire;
import com.agenticverz.nova.store.Database;
import com.agenticverz.nova.store.TestDatabase;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.actor.BootstrapSetup;
import org.apache.pekko.actor.setup.ActorSystemSetup;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.coordination.lease.LeaseException;
import org.apache.pekko.coordination.lease.javadsl.Lease;
import org.apache.pekko.coordination.lease.javadsl.LeaseProvider;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** On a real PostgreSQL, made by Pekko from a configuration as for the split brain resolver; each side over a wire. */
@Timeout(60)
class PostgresLeaseTest {

    @RegisterExtension
    static final TestDatabase DB = TestDatabase.create();

    private static final Duration TIME_TO_LIVE = Duration.ofSeconds(30);
    private static final Duration TIMEOUT = Duration.ofSeconds(3);

    private final Side one = new Side();
    private final Side two = new Side();

    /** A node as far as a lease needs one. Its clock only moves by hand. */
    private static final class Side implements AutoCloseable {
        final UUID id = UUID.randomUUID();
        final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);
        final Wire wire = Wire.to(DB.url());
        final Database database = Database.open(wire.url(), wire.url());
        final CompletableFuture<Optional<Throwable>> lost = new CompletableFuture<>();
        final ActorSystem<Void> system = ActorSystem.create(
                Behaviors.empty(),
                "lease-test",
                ActorSystemSetup.create(
                        BootstrapSetup.create(
                                ConfigFactory.parseString("""
                                lease-under-test {
                                  lease-class = "com.agenticverz.nova.cluster.PostgresLease"
                                  heartbeat-timeout = %d ms
                                  heartbeat-interval = 100 ms
                                  lease-operation-timeout = %d ms
                                }
                                """.formatted(TIME_TO_LIVE.toMillis(), TIMEOUT.toMillis()))
                                        .withFallback(TestSystems.local())),
                        new PostgresLease.Needs(database, id, nanos::get)));
        // Pekko gives host and port as the owner, the same for two incarnations at one address.
        final Lease lease = LeaseProvider.get(system).getLease("split", "lease-under-test", "127.0.0.1:1");

        CompletionStage<Boolean> acquire() {
            return lease.acquire(lost::complete);
        }

        @Override
        public void close() {
            system.terminate();
            Awaitility.await()
                    .until(() ->
                            system.getWhenTerminated().toCompletableFuture().isDone());
            database.close();
            wire.close();
        }
    }

    @BeforeEach
    void noLeases() {
        DB.empty("leases");
    }

    @AfterEach
    void close() {
        one.close();
        two.close();
    }

    @Test
    void aFreeLeaseIsTakenByItsIncarnation() {
        assertThat(one.lease.checkLease()).isFalse();

        assertThat(one.acquire()).succeedsWithin(TIME_TO_LIVE).isEqualTo(true);

        assertThat(one.lease.checkLease()).isTrue();
        assertThat(DB.one(String.class, "SELECT owner FROM leases WHERE name = 'split'"))
                .isEqualTo(one.id.toString());
    }

    @Test
    void whileSomebodyHoldsItTheAnswerIsNo() {
        one.acquire().toCompletableFuture().join();

        assertThat(two.acquire()).succeedsWithin(TIME_TO_LIVE).isEqualTo(false);
        assertThat(two.lease.checkLease()).isFalse();
    }

    @Test
    void whoeverHoldsItMayTakeItAgain() throws Exception {
        one.acquire().toCompletableFuture().join();

        assertThat(one.acquire()).succeedsWithin(TIME_TO_LIVE).isEqualTo(true);

        assertThat(one.lease.checkLease()).isTrue();
        awaitRenewal();
        assertThat(one.lost).isNotDone();
    }

    @Test
    void whileHeldItIsRenewed() {
        one.acquire().toCompletableFuture().join();

        awaitRenewal();

        assertThat(one.lease.checkLease()).isTrue();
    }

    @Test
    void whatIsReleasedIsFreeForTheOther() {
        one.acquire().toCompletableFuture().join();

        assertThat(one.lease.release()).succeedsWithin(TIME_TO_LIVE).isEqualTo(true);

        assertThat(one.lease.checkLease()).isFalse();
        assertThat(two.acquire()).succeedsWithin(TIME_TO_LIVE).isEqualTo(true);
        assertThat(one.lost).isNotDone();
    }

    @Test
    void whatWasNeverHeldMayBeReleased() {
        assertThat(one.lease.release()).succeedsWithin(TIME_TO_LIVE).isEqualTo(true);
    }

    /** "No" would be said for sure, and Pekko's resolver then takes the other side for the winner. */
    @Test
    void withoutADatabaseNobodyKnows() {
        one.wire.cut();

        assertThatThrownBy(() -> one.acquire().toCompletableFuture().get(30, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOf(LeaseException.class)
                .hasMessageStartingWith("the lease split cannot be taken: ");
        assertThat(one.lease.checkLease()).isFalse();
        one.wire.mend();
        assertThat(one.acquire()).succeedsWithin(TIME_TO_LIVE).isEqualTo(true);
    }

    /** Pekko's resolver takes a failure for a no, and its whole side goes down, with every run that it executes. */
    @Test
    void anOutageThatIsShorterThanTheTimeoutOnlyDelaysTheAnswer() {
        one.wire.cut();
        var answer = one.acquire().toCompletableFuture();
        assertThat(answer).failsWithin(Duration.ofMillis(200)).withThrowableOfType(TimeoutException.class);

        one.wire.mend();

        assertThat(answer).succeedsWithin(TIME_TO_LIVE).isEqualTo(true);
        assertThat(one.lease.checkLease()).isTrue();
    }

    @Test
    void ofADeadHolderItIsTakenAfterTheTimeToLive() {
        one.acquire().toCompletableFuture().join();
        one.wire.cut();
        assertThat(two.acquire()).succeedsWithin(TIME_TO_LIVE).isEqualTo(false);

        expire();

        assertThat(two.acquire()).succeedsWithin(TIME_TO_LIVE).isEqualTo(true);
    }

    @Test
    void whenRenewalsFailItIsBelievedNoLongerThanTheDatabaseDoes() {
        one.acquire().toCompletableFuture().join();
        one.wire.cut();

        one.nanos.addAndGet(TIME_TO_LIVE.toNanos() - 1);
        assertThat(one.lease.checkLease()).isTrue();
        one.nanos.addAndGet(1);
        assertThat(one.lease.checkLease()).isFalse();

        // The next renewal that fails says so, with the cause.
        assertThat(one.lost)
                .succeedsWithin(TIME_TO_LIVE)
                .satisfies(cause -> assertThat(cause).isPresent());
    }

    @Test
    void anOutageThatIsShorterThanTheTimeToLiveCostsNothing() {
        one.acquire().toCompletableFuture().join();
        one.wire.cut();
        one.nanos.addAndGet(TIME_TO_LIVE.toNanos() - 1);
        one.wire.mend();

        awaitRenewal();
        one.nanos.addAndGet(TIME_TO_LIVE.toNanos() / 2);

        assertThat(one.lease.checkLease()).isTrue();
        assertThat(one.lost).isNotDone();
    }

    @Test
    void whoLosesItIsToldWithoutACause() {
        one.acquire().toCompletableFuture().join();

        DB.execute("UPDATE leases SET owner = 'another', epoch = epoch + 1");

        assertThat(one.lost).succeedsWithin(TIME_TO_LIVE).isEqualTo(Optional.empty());
        assertThat(one.lease.checkLease()).isFalse();
        assertThat(DB.one(String.class, "SELECT owner FROM leases")).isEqualTo("another");
    }

    /** Whoever asked has taken the silence for a failure by then, and goes down: it must not keep the others out. */
    @Test
    void aYesThatComesTooLateIsGivenBack() throws Exception {
        DB.execute("INSERT INTO leases VALUES ('split', 'before', 1, '-infinity')");
        try (var blocker = DB.connect();
                var lock = blocker.createStatement()) {
            blocker.setAutoCommit(false);
            lock.execute("SELECT FROM leases FOR UPDATE");
            assertThatThrownBy(() -> one.acquire().toCompletableFuture().get(30, TimeUnit.SECONDS))
                    .cause()
                    .isInstanceOf(LeaseException.class);
            blocker.commit();
        }

        // The statement has been answered, or its connection was given up.
        Awaitility.await()
                .untilAsserted(() ->
                        assertThat(two.acquire()).succeedsWithin(TIME_TO_LIVE).isEqualTo(true));
        assertThat(one.lease.checkLease()).isFalse();
    }

    /** Otherwise it would be nobody's, and keep the other side out all the same. */
    @Test
    void aYesThatIsLostOnTheWayIsAskedForAgain() {
        one.wire.loseAnswerTo("INSERT INTO leases");

        assertThat(one.acquire()).succeedsWithin(TIME_TO_LIVE).isEqualTo(true);

        assertThat(one.wire.answersLost()).isEqualTo(1);
        assertThat(one.lease.checkLease()).isTrue();
        assertThat(two.acquire()).succeedsWithin(TIME_TO_LIVE).isEqualTo(false);
    }

    private static void awaitRenewal() {
        var before = expiresAt();
        Awaitility.await().until(() -> expiresAt().isAfter(before));
    }

    private static OffsetDateTime expiresAt() {
        return DB.one(OffsetDateTime.class, "SELECT expires_at FROM leases WHERE name = 'split'");
    }

    private static void expire() {
        DB.execute("UPDATE leases SET expires_at = now() - interval '1 second'");
    }
}

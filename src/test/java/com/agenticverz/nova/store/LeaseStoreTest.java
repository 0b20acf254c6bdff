package com.agenticverz.nova.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class LeaseStoreTest {

    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.create();

    private static final Duration AN_HOUR = Duration.ofHours(1);

    private final LeaseStore leases = DATABASE.database().leases();

    @BeforeEach
    void noLeases() {
        DATABASE.execute("DELETE FROM leases");
    }

    /** Its host may be gone, and nobody ends it for hours; each try would leave one more behind that waits for it. */
    @Test
    void whoMeetsALockOnALeaseThatDoesNotEndGivesUpBeforeItsSocketDoes() throws SQLException {
        leases.acquire("poller", "one", AN_HOUR);
        try (var session = DATABASE.connect();
                var statement = session.createStatement()) {
            session.setAutoCommit(false);
            statement.execute("SELECT 1 FROM leases FOR UPDATE");

            for (var tried : List.<ThrowingCallable>of(
                    () -> leases.acquire("poller", "one", AN_HOUR),
                    () -> leases.renew("poller", "one", 1, AN_HOUR),
                    () -> DATABASE.database().runs().setIdle(1, true))) {
                assertThatThrownBy(tried)
                        .satisfies(it -> assertThat(Database.isLockTimeout(it)).isTrue());
            }
            session.rollback();
        }
    }

    @Test
    void aFreeLeaseIsTakenAndNobodyElseGetsIt() {
        assertThat(leases.acquire("poller", "one", AN_HOUR)).hasValue(1);
        assertThat(leases.acquire("poller", "two", AN_HOUR)).isEmpty();
        assertThat(leases.acquire("other", "two", AN_HOUR)).hasValue(1);
    }

    @Test
    void theEpochRisesEvenWhereTheOwnerTakesItsOwnLeaseAgain() {
        leases.acquire("poller", "one", AN_HOUR);

        assertThat(leases.acquire("poller", "one", AN_HOUR)).hasValue(2);
        assertThat(leases.renew("poller", "one", 1, AN_HOUR)).isFalse();
        assertThat(leases.renew("poller", "one", 2, AN_HOUR)).isTrue();
    }

    @Test
    void anExpiredLeaseIsTakenAndItsOwnerLearnsOfIt() {
        leases.acquire("poller", "one", AN_HOUR);
        expire();

        assertThat(leases.acquire("poller", "two", AN_HOUR)).hasValue(2);
        assertThat(leases.renew("poller", "one", 1, AN_HOUR)).isFalse();
    }

    @Test
    void aLeaseFromBeforeTheClockWasPutBackKeepsNobodyWaiting() {
        leases.acquire("poller", "one", AN_HOUR);
        DATABASE.execute("UPDATE leases SET expires_at = expires_at + interval '59 minutes'");
        assertThat(leases.acquire("poller", "two", AN_HOUR)).isEmpty();

        DATABASE.execute("UPDATE leases SET expires_at = expires_at + interval '2 minutes'");

        assertThat(leases.acquire("poller", "two", AN_HOUR)).hasValue(2);
    }

    @Test
    void anExpiredLeaseThatNobodyTookIsRenewed() {
        leases.acquire("poller", "one", AN_HOUR);
        expire();

        assertThat(leases.renew("poller", "one", 1, AN_HOUR)).isTrue();
        assertThat(leases.acquire("poller", "two", AN_HOUR)).isEmpty();
    }

    @Test
    void aReleasedLeaseIsFreeAtOnceAndALateRenewalDoesNotTakeItBack() {
        leases.acquire("poller", "one", AN_HOUR);
        leases.release("poller", "one", 1);

        assertThat(leases.renew("poller", "one", 1, AN_HOUR)).isFalse();
        assertThat(leases.acquire("poller", "two", AN_HOUR)).hasValue(2);
    }

    @Test
    void aLeaseThatHasChangedHandsIsNotReleased() {
        leases.acquire("poller", "one", AN_HOUR);
        leases.acquire("poller", "one", AN_HOUR);

        leases.release("poller", "one", 1);

        assertThat(leases.acquire("poller", "two", AN_HOUR)).isEmpty();
    }

    @Test
    void aNewOwnerIsNotIdle() {
        leases.acquire("poller", "one", AN_HOUR);
        DATABASE.database().runs().setIdle(1, true);
        expire();

        leases.acquire("poller", "two", AN_HOUR);

        assertThat(DATABASE.one(Boolean.class, "SELECT idle FROM leases")).isFalse();
    }

    @Test
    void ofEightThatReachForItAtTheSameMomentOneGetsIt() throws Exception {
        leases.acquire("poller", "before", AN_HOUR);
        expire();
        var ready = new CyclicBarrier(8);

        try (var threads = Executors.newFixedThreadPool(8)) {
            var attempts = threads.invokeAll(IntStream.range(0, 8)
                    .<Callable<OptionalLong>>mapToObj(i -> () -> {
                        ready.await();
                        return leases.acquire("poller", "owner " + i, AN_HOUR);
                    })
                    .toList());

            assertThat(attempts)
                    .extracting(Future::get)
                    .filteredOn(OptionalLong::isPresent)
                    .containsExactly(OptionalLong.of(2));
        }
    }

    private static void expire() {
        DATABASE.execute("UPDATE leases SET expires_at = now() - interval '1 second'");
    }
}

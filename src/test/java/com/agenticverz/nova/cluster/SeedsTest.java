package com.agenticverz.nova.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.store.Peer;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SeedsTest {

    private static final Duration FRESH = Duration.ofSeconds(1);
    private static final Duration A_LITTLE_SILENT = Seeds.MISSED_ONE.plusMillis(1);
    private static final Duration SILENT = Seeds.SILENCE.plusMillis(1);

    private static final Set<String> NOBODY_REFUSES = Set.of();

    // --- whom to join through

    @Test
    void thoseWhoseHeartbeatIsFreshAreJoined() {
        var peers = List.of(member("a:1", FRESH), member("b:1", Seeds.SILENCE), member("c:1", SILENT));

        assertThat(Seeds.of(peers, NOBODY_REFUSES)).containsExactly("a:1", "b:1");
    }

    @Test
    void whereThereIsNobodyThereIsNobodyToJoin() {
        assertThat(Seeds.of(List.of(), NOBODY_REFUSES)).isEmpty();
        assertThat(Seeds.of(List.of(member("a:1", SILENT)), NOBODY_REFUSES)).isEmpty();
    }

    /** Of two clusters, only that one works whose poller holds the lease. */
    @Test
    void whereSomebodyPollsNobodyElseIsJoined() {
        var peers = List.of(member("a:1", FRESH), new Peer("b:1", FRESH, false, true), member("c:1", FRESH));

        assertThat(Seeds.of(peers, NOBODY_REFUSES)).containsExactly("b:1");
    }

    /** The lease outlives its holder by a while. */
    @Test
    void whoPollsButIsSilentIsNotJoined() {
        var peers = List.of(member("a:1", FRESH), new Peer("b:1", SILENT, false, true));

        assertThat(Seeds.of(peers, NOBODY_REFUSES)).containsExactly("a:1");
    }

    /** It may be gone before it has let anybody in. */
    @Test
    void whoLeavesIsJoinedOnlyWhereNobodyStays() {
        var leaving = new Peer("a:1", FRESH, true, false);

        assertThat(Seeds.of(List.of(leaving, member("b:1", FRESH)), NOBODY_REFUSES))
                .containsExactly("b:1");
        assertThat(Seeds.of(List.of(leaving), NOBODY_REFUSES)).containsExactly("a:1");
    }

    /** A connection may be refused for other reasons: while a process starts its network, or a firewall says no. */
    @Test
    void whoRefusesIsGoneOnlyWhenItHasMissedAHeartbeatToo() {
        assertThat(Seeds.of(List.of(member("a:1", Seeds.MISSED_ONE)), Set.of("a:1")))
                .containsExactly("a:1");
        assertThat(Seeds.of(List.of(member("a:1", A_LITTLE_SILENT)), Set.of("a:1")))
                .isEmpty();
        assertThat(Seeds.of(List.of(member("a:1", A_LITTLE_SILENT)), Set.of("b:1")))
                .containsExactly("a:1");
    }

    // --- whether there is nobody

    @Test
    void anEmptyTableIsNobodyAtOnce() {
        assertThat(Seeds.nobody(List.of(), NOBODY_REFUSES, Duration.ZERO)).isTrue();
    }

    @Test
    void whoLivesIsSomebodyHoweverLongOneLooks() {
        assertThat(Seeds.nobody(List.of(member("a:1", FRESH)), NOBODY_REFUSES, Duration.ofHours(1)))
                .isFalse();
    }

    /** After an outage of the database everybody has been silent, and everybody's heartbeat is about to come again. */
    @Test
    void silenceProvesNothingBeforeTheDatabaseHasAnsweredForLongerThanAHeartbeatTakes() {
        var peers = List.of(member("a:1", Duration.ofHours(1)));

        assertThat(Seeds.nobody(peers, NOBODY_REFUSES, Seeds.WATCHED.minusMillis(1)))
                .isFalse();
        assertThat(Seeds.nobody(peers, NOBODY_REFUSES, Seeds.WATCHED)).isTrue();
        assertThat(Seeds.WATCHED).isGreaterThan(Heartbeat.INTERVAL);
    }

    /** So a cluster whose only node was killed is back with the next start, without the wait. */
    @Test
    void thoseAtWhoseAddressNobodyListensNeedNotBeWatched() {
        var peers = List.of(member("a:1", SILENT), member("b:1", A_LITTLE_SILENT));

        assertThat(Seeds.nobody(peers, Set.of("a:1", "b:1"), Duration.ZERO)).isTrue();
        assertThat(Seeds.nobody(peers, Set.of("b:1"), Duration.ZERO)).isFalse();
    }

    @Test
    void whoHasJustSaidThatItLivesIsSomebodyEvenWhereItRefuses() {
        assertThat(Seeds.nobody(List.of(member("a:1", FRESH)), Set.of("a:1"), Duration.ofHours(1)))
                .isFalse();
    }

    private static Peer member(String address, Duration silent) {
        return new Peer(address, silent, false, false);
    }
}

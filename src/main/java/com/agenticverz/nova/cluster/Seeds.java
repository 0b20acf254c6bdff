package com.agenticverz.nova.cluster;

import com.agenticverz.nova.store.Peer;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Which members to join through, of those in the table: a pure decision. */
final class Seeds {

    /** A member whose heartbeat is older by the clock of the database is gone. */
    static final Duration SILENCE = Duration.ofSeconds(6);

    /** Older than that, the heartbeat of a member that lives would have come again: then a refused connection counts. */
    static final Duration MISSED_ONE = Duration.ofSeconds(3);

    /**
     * So long the database has to answer before everybody's silence proves anything: after an outage all are silent.
     * Longer than the time between two heartbeats.
     */
    static final Duration WATCHED = Duration.ofSeconds(4);

    private Seeds() {}

    /**
     * Those to join through; empty: there is nobody.
     *
     * @param refusing addresses at which nobody listens
     */
    static List<String> of(List<Peer> peers, Set<String> refusing) {
        var living = peers.stream().filter(peer -> lives(peer, refusing)).toList();
        // Should there be two clusters, the one that works is the one to join: where the poller is.
        var polling = living.stream().filter(Peer::polls);
        var staying = living.stream().filter(peer -> !peer.draining());
        return Stream.of(polling, staying, living.stream())
                .map(some -> some.map(Peer::address).toList())
                .filter(some -> !some.isEmpty())
                .findFirst()
                .orElse(List.of());
    }

    /**
     * Whether this node may begin a cluster: nobody is there, and it has looked long enough to know.
     *
     * @param watched how long the database has answered here without a gap
     */
    static boolean nobody(List<Peer> peers, Set<String> refusing, Duration watched) {
        return peers.stream()
                .noneMatch(peer ->
                        lives(peer, refusing) || watched.compareTo(WATCHED) < 0 && !refusing.contains(peer.address()));
    }

    private static boolean lives(Peer peer, Set<String> refusing) {
        var longest = refusing.contains(peer.address()) ? MISSED_ONE : SILENCE;
        return peer.silent().compareTo(longest) <= 0;
    }
}

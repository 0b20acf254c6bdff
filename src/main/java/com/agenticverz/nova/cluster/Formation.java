package com.agenticverz.nova.cluster;

import com.agenticverz.nova.store.Database;
import com.agenticverz.nova.store.NodeRow;
import com.agenticverz.nova.store.NodeStore;
import com.agenticverz.nova.store.Peer;
import com.agenticverz.nova.telemetry.Events;
import com.agenticverz.nova.telemetry.Metrics;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.AddressFromURIString;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.cluster.ClusterEvent;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.apache.pekko.cluster.typed.JoinSeedNodes;
import org.apache.pekko.cluster.typed.SelfUp;
import org.apache.pekko.cluster.typed.Subscribe;
import org.jspecify.annotations.Nullable;

/**
 * Makes this node a member: looks in the table for members, joins through them, and begins a cluster where there is
 * none. Then watches that the cluster it is in is the one that works.
 *
 * <p>Whoever has asked others to let it in never begins a cluster in the same life: they may be about to answer. It ends
 * this life instead ({@link Parts#rejoin}) and begins another, as a new incarnation.
 */
public final class Formation {

    /** What it can be told. */
    public sealed interface Command {}

    /** The member whose poller holds the lease, by the heartbeat; null: nobody. */
    public record Polling(@Nullable Long memberUid) implements Command {}

    private enum Tick implements Command {
        LOOK,
        RECORD
    }

    private record Up() implements Command {}

    private record ShuttingDown() implements Command {}

    private record Changed(ClusterEvent.ClusterDomainEvent event) implements Command {}

    /**
     * What a look found.
     *
     * @param twin another member lives at this node's own address
     */
    private record Looked(boolean twin, List<Peer> peers, Set<String> refusing) implements Command {}

    private record LookFailed(Throwable cause) implements Command {}

    private record Founding(boolean granted) implements Command {}

    private record Recorded(boolean done) implements Command {}

    /**
     * What formation is made of.
     *
     * @param self this node, not joined yet
     * @param joined run when this node is a full member
     * @param rejoin ends this life of the node, with the reason, and begins another
     */
    public record Parts(
            Database database,
            NodeRow self,
            Membership membership,
            Metrics metrics,
            Runnable joined,
            java.util.function.Consumer<String> rejoin,
            LongSupplier nanoTime) {}

    private static final Duration LOOK_INTERVAL = Duration.ofSeconds(1);
    private static final Duration FOUNDING_PATIENCE = Duration.ofSeconds(15);
    private static final Duration PROBE_TIMEOUT = Duration.ofMillis(500);
    private static final Duration ALL_PROBES = Duration.ofSeconds(2);
    private static final Duration JOIN_AGAIN = Duration.ofSeconds(5);
    private static final Duration FIRST_WARNING = Duration.ofSeconds(15);
    private static final Duration BETWEEN_WARNINGS = Duration.ofSeconds(60);

    /** A poller that is no member of this cluster for so long is one of another cluster. */
    public static final Duration ELSEWHERE = Duration.ofSeconds(10);

    private final ActorContext<Command> context;
    private final TimerScheduler<Command> timers;
    private final Parts parts;
    private final NodeStore nodes;
    private final Cluster cluster;
    private final long startedNanos;
    private @Nullable Long answeringSinceNanos;
    private @Nullable Long pollingElsewhereSinceNanos;
    private Set<String> asked = Set.of();
    private long askedNanos;
    private long warnedNanos;
    private boolean founding;
    private boolean over;

    /** Looks for a cluster at once, and for as long as it takes. */
    public static Behavior<Command> create(Parts parts) {
        return Behaviors.setup(
                context -> Behaviors.withTimers(timers -> new Formation(context, timers, parts).joining()));
    }

    private Formation(ActorContext<Command> context, TimerScheduler<Command> timers, Parts parts) {
        this.context = context;
        this.timers = timers;
        this.parts = parts;
        this.nodes = parts.database().nodes();
        this.cluster = Cluster.get(context.getSystem());
        this.startedNanos = now();
        this.warnedNanos = startedNanos - BETWEEN_WARNINGS.toNanos();
        ActorRef<SelfUp> up = context.messageAdapter(SelfUp.class, _ -> new Up());
        // Not one adapter for all: it would take the other's as well.
        ActorRef<ClusterEvent.MemberEvent> members =
                context.messageAdapter(ClusterEvent.MemberEvent.class, Changed::new);
        ActorRef<ClusterEvent.ReachabilityEvent> reachability =
                context.messageAdapter(ClusterEvent.ReachabilityEvent.class, Changed::new);
        ActorRef<ClusterEvent.ClusterShuttingDown$> shuttingDown =
                context.messageAdapter(ClusterEvent.ClusterShuttingDown$.class, _ -> new ShuttingDown());
        cluster.subscriptions().tell(Subscribe.create(up, SelfUp.class));
        cluster.subscriptions().tell(Subscribe.create(shuttingDown, ClusterEvent.ClusterShuttingDown$.class));
        cluster.subscriptions().tell(Subscribe.create(members, ClusterEvent.MemberEvent.class));
        cluster.subscriptions().tell(Subscribe.create(reachability, ClusterEvent.ReachabilityEvent.class));
        context.getSelf().tell(Tick.LOOK);
    }

    private long now() {
        return parts.nanoTime().getAsLong();
    }

    private boolean lasted(long sinceNanos, Duration time) {
        return now() - sinceNanos >= time.toNanos();
    }

    // --- on the way in

    private Behavior<Command> joining() {
        return Behaviors.receiveMessage(command -> {
            switch (command) {
                case Tick.LOOK -> look();
                case Looked(var twin, var peers, var refusing) -> looked(twin, peers, refusing);
                case LookFailed _ -> {
                    // Nobody can say who is there; the settler and the poller say that the database is away.
                    answeringSinceNanos = null;
                    lookAgain();
                }
                case Founding(var granted) -> {
                    if (granted) {
                        founding = true;
                        cluster.manager().tell(Join.create(cluster.selfMember().address()));
                    } else {
                        lookAgain();
                    }
                }
                case Up() -> {
                    record();
                    parts.membership().present(self());
                    Events.clusterJoined(
                            parts.self().address(),
                            parts.self().id(),
                            parts.membership().size());
                    parts.joined().run();
                    return member();
                }
                case Changed(var event) -> changed(event);
                case ShuttingDown() -> over = true;
                case Tick.RECORD -> {}
                case Polling _, Recorded _ -> {}
            }
            return Behaviors.same();
        });
    }

    private long self() {
        return cluster.selfMember().uniqueAddress().longUid();
    }

    private void look() {
        context.pipeToSelf(
                parts.database().async(() -> {
                    var peers = nodes.peers(parts.self());
                    var refusing = new HashSet<String>();
                    long began = now();
                    for (var peer : peers) {
                        // Whoever has just said that it lives need not be asked. Where all hosts are gone, none of them
                        // refuses, and the time for each adds up.
                        if (peer.silent().compareTo(Seeds.MISSED_ONE) > 0
                                && !lasted(began, ALL_PROBES)
                                && refuses(peer.address())) {
                            refusing.add(peer.address());
                        }
                    }
                    var twinSilent = nodes.twinSilent(parts.self());
                    boolean twin = twinSilent != null && twinSilent.compareTo(Seeds.MISSED_ONE) <= 0;
                    return new Looked(twin, peers, refusing);
                }),
                (looked, failure) -> failure == null ? looked : new LookFailed(failure));
    }

    private void lookAgain() {
        timers.startSingleTimer(Tick.LOOK, LOOK_INTERVAL);
    }

    private void looked(boolean twin, List<Peer> peers, Set<String> refusing) {
        if (answeringSinceNanos == null) {
            answeringSinceNanos = now();
        }
        var seeds = Seeds.of(peers, refusing);
        if (twin) {
            // One that was here before falls silent soon. One that lives would be put out by this node's coming.
            lookAgain();
        } else if (!seeds.isEmpty()) {
            join(seeds);
            lookAgain();
        } else if (!asked.isEmpty()) {
            // Those asked may yet answer, if they are not as dead as they look.
            parts.rejoin().accept("those it asked to let it in are gone: " + String.join(", ", asked));
        } else if (Seeds.nobody(peers, refusing, watched())) {
            found(refusing);
        } else {
            lookAgain();
        }
        if (!founding && lasted(startedNanos, FIRST_WARNING) && lasted(warnedNanos, BETWEEN_WARNINGS)) {
            warnedNanos = now();
            Events.clusterWaiting(parts.self().address(), seeds, hint(twin));
        }
    }

    private static String hint(boolean twin) {
        return twin
                ? "another node is at this address too: CLUSTER_HOST or CLUSTER_PORT have to differ"
                : "can these reach each other at the addresses in CLUSTER_HOST?";
    }

    private Duration watched() {
        return answeringSinceNanos == null ? Duration.ZERO : Duration.ofNanos(now() - answeringSinceNanos);
    }

    private void join(List<String> seeds) {
        // To ask the same again would only begin anew what is under way.
        if (asked.equals(Set.copyOf(seeds)) || !asked.isEmpty() && !lasted(askedNanos, JOIN_AGAIN)) {
            return;
        }
        asked = Set.copyOf(seeds);
        askedNanos = now();
        cluster.manager()
                .tell(new JoinSeedNodes(seeds.stream().map(this::address).toList()));
    }

    private Address address(String hostAndPort) {
        var self = cluster.selfMember().address();
        return AddressFromURIString.parse(self.protocol() + "://" + self.system() + "@" + hostAndPort);
    }

    private void found(Set<String> refusing) {
        var watched = watched();
        context.pipeToSelf(
                parts.database()
                        .async(() -> nodes.mayFound(
                                parts.self(), peers -> !Seeds.nobody(peers, refusing, watched), FOUNDING_PATIENCE)),
                (granted, failure) -> failure == null ? new Founding(granted) : new LookFailed(failure));
    }

    /**
     * Whether nobody listens at an address, for sure: its host answers and says so. Never at a loopback address that is
     * not this node's own kind: that is somebody else's loopback.
     */
    private boolean refuses(String hostAndPort) {
        int colon = hostAndPort.lastIndexOf(':');
        var there = new InetSocketAddress(
                hostAndPort.substring(0, colon), Integer.parseInt(hostAndPort.substring(colon + 1)));
        var here =
                new InetSocketAddress(cluster.selfMember().address().getHost().orElse("localhost"), 0);
        if (there.isUnresolved()
                || here.isUnresolved()
                || there.getAddress().isLoopbackAddress() != here.getAddress().isLoopbackAddress()) {
            return false;
        }
        try (var socket = new Socket()) {
            socket.connect(there, (int) PROBE_TIMEOUT.toMillis());
            return false;
        } catch (ConnectException refused) {
            return true;
        } catch (IOException nobodyKnows) {
            return false;
        }
    }

    // --- in the cluster

    private Behavior<Command> member() {
        return Behaviors.receiveMessage(command -> {
            switch (command) {
                case Changed(var event) -> changed(event);
                case ShuttingDown() -> over = true;
                case Polling(var memberUid) -> polling(memberUid);
                case Tick.RECORD -> record();
                case Recorded(var done) -> {
                    if (!done) {
                        timers.startSingleTimer(Tick.RECORD, LOOK_INTERVAL);
                    }
                }
                case Tick.LOOK -> {}
                case Up _, Looked _, LookFailed _, Founding _ -> {}
            }
            return Behaviors.same();
        });
    }

    /** Whoever looks for members must find this one. */
    private void record() {
        var member = parts.self().asJoined();
        context.pipeToSelf(
                parts.database().async(() -> {
                    nodes.joined(member);
                    return true;
                }),
                (_, failure) -> new Recorded(failure == null));
    }

    /**
     * Two clusters on one database: only one of them has the poller that holds the lease, and whoever is in the other
     * one gets no work. So the others come over.
     */
    private void polling(@Nullable Long memberUid) {
        if (memberUid == null || memberUid == self() || parts.membership().isMember(memberUid)) {
            pollingElsewhereSinceNanos = null;
        } else if (pollingElsewhereSinceNanos == null) {
            pollingElsewhereSinceNanos = now();
        } else if (lasted(pollingElsewhereSinceNanos, ELSEWHERE)) {
            parts.rejoin().accept("another cluster polls on this database");
        }
    }

    private void changed(ClusterEvent.ClusterDomainEvent event) {
        if (over) {
            // Whoever is out of the cluster is told that every member is gone. They are not.
            return;
        }
        var membership = parts.membership();
        switch (event) {
            case ClusterEvent.MemberRemoved gone -> membership.removed(uid(gone.member()));
            case ClusterEvent.MemberEvent came -> membership.present(uid(came.member()));
            case ClusterEvent.UnreachableMember silent -> membership.reachable(uid(silent.member()), false);
            case ClusterEvent.ReachableMember back -> membership.reachable(uid(back.member()), true);
            default -> {
                return;
            }
        }
        parts.metrics().clusterMembers(membership.size());
    }

    private static long uid(Member member) {
        return member.uniqueAddress().longUid();
    }
}

package com.agenticverz.nova.cluster;

import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.store.Database;
import com.agenticverz.nova.store.Held;
import com.agenticverz.nova.store.NodeControl;
import com.agenticverz.nova.store.NodeRow;
import com.agenticverz.nova.store.NodeStore;
import com.agenticverz.nova.store.Patience;
import com.agenticverz.nova.store.Pulse;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;

/** Says in the table that this node lives, and hears what the tables say that it holds. */
public final class Heartbeat {

    /** What it can be told. */
    public sealed interface Command {}

    /** The node is a member from now on. */
    public enum Joined implements Command {
        NOW
    }

    /** The node takes no new runs from now on. */
    public enum Draining implements Command {
        STARTED
    }

    /** The node leaves: no heartbeat may bring its row back. */
    public enum Leaving implements Command {
        NOW
    }

    private enum Tick implements Command {
        NOW
    }

    private record Heard(Pulse pulse, Holdings holdings) implements Command {}

    private record Pinged(boolean answered) implements Command {}

    private record Missed(Throwable cause) implements Command {}

    /** What the tables say that this node holds, at one moment. */
    public static final class Holdings {

        private final long readNanos;
        private final Map<Long, Set<UUID>> listed = new HashMap<>();
        private final Map<Long, Duration> claimAges = new HashMap<>();
        private final Map<UUID, Long> marked = new HashMap<>();
        private final boolean marksRead;

        /**
         * The holdings, marked runs and all.
         *
         * @param readNanos a moment before the tables were read, by the node's monotonic clock
         */
        public Holdings(long readNanos, List<Held> held) {
            this(readNanos, held, true);
        }

        /**
         * The holdings.
         *
         * @param readNanos a moment before the tables were read, by the node's monotonic clock
         * @param marksRead whether the marked runs are among them; if not, nothing is known about those
         */
        public Holdings(long readNanos, List<Held> held, boolean marksRead) {
            this.readNanos = readNanos;
            this.marksRead = marksRead;
            for (var it : held) {
                // Without a claim it was marked by hand, and nothing of ours can give it back.
                if (it.marked() && it.claimId() == 0) {
                    continue;
                }
                if (it.marked()) {
                    marked.put(it.runId(), it.claimId());
                } else {
                    listed.computeIfAbsent(it.claimId(), _ -> new HashSet<>()).add(it.runId());
                    claimAges.put(it.claimId(), it.claimAge());
                }
            }
        }

        /** A moment before the tables were read. */
        public long readNanos() {
            return readNanos;
        }

        /** Whether the row of its claim is still there. */
        public boolean lists(Fence fence) {
            return listed.getOrDefault(fence.claimId(), Set.of()).contains(fence.runId());
        }

        /** Whether the run may be marked under its claim. */
        public boolean marks(Fence fence) {
            if (!marksRead) {
                return true;
            }
            var claimId = marked.get(fence.runId());
            return claimId != null && claimId == fence.claimId();
        }

        /** Whether the marked runs were looked for. */
        public boolean marksRead() {
            return marksRead;
        }

        /** The marked runs, each with its claim; none where they were not looked for. */
        public Map<UUID, Long> marked() {
            return marked;
        }

        /** The claims whose rows are there, each with how long ago it was made by the clock of the database. */
        public Map<Long, Duration> claims() {
            return claimAges;
        }
    }

    /** The time between two heartbeats. */
    public static final Duration INTERVAL = Duration.ofSeconds(2);

    private static final Duration AFTER_FAILURE = Duration.ofMillis(500);
    private static final Duration PING_COUNTS = INTERVAL.multipliedBy(2);

    private final ActorContext<Command> context;
    private final TimerScheduler<Command> timers;
    private final Database database;
    private final NodeStore nodes;
    private final Listener listener;
    private final AtomicBoolean registered;
    private final LongSupplier nanoTime;
    /** With the marked runs. Only for the one heartbeat that is under way. */
    private final Patience patience = new Patience(INTERVAL.dividedBy(Patience.SHARE));

    private long pingedNanos;
    private boolean pinging;

    /** Who hears what a heartbeat says, on the thread of this actor. */
    public interface Listener {

        /**
         * What the tables say that the node holds.
         *
         * @param writable whether the way that statements on runs take to the database works too; it is another one
         *     where there is a PgBouncer
         */
        void holds(Holdings holdings, boolean writable);

        /** The member whose poller holds the lease; null: nobody's. */
        void polling(@Nullable Long memberUid);

        /** What people want of the node. A state, said at every heartbeat. */
        void steered(NodeControl wanted);

        /** The node was rescued: what it held is others' now. Said at every heartbeat from then on. */
        void rescued();
    }

    /** The heartbeat of a node, which is not joined yet. */
    public static Behavior<Command> create(Database database, NodeRow self, Listener listener, LongSupplier nanoTime) {
        // Outlives a restart of the actor: a row that was taken away must not come back.
        var registered = new AtomicBoolean();
        Behavior<Command> heartbeat = Behaviors.setup(context -> Behaviors.withTimers(timers -> {
            context.getSelf().tell(Tick.NOW);
            return new Heartbeat(context, timers, database, listener, registered, nanoTime)
                    .beating(self, NodeControl.NONE);
        }));
        return Behaviors.supervise(heartbeat)
                .onFailure(SupervisorStrategy.restartWithBackoff(Duration.ofMillis(200), Duration.ofSeconds(2), 0.2));
    }

    private Heartbeat(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            Database database,
            Listener listener,
            AtomicBoolean registered,
            LongSupplier nanoTime) {
        this.context = context;
        this.timers = timers;
        this.database = database;
        this.nodes = database.nodes();
        this.listener = listener;
        this.registered = registered;
        this.nanoTime = nanoTime;
        this.pingedNanos = nanoTime.getAsLong();
    }

    /**
     * A node that lives.
     *
     * @param control what people want of it, as it heard last and so says of itself
     */
    private Behavior<Command> beating(NodeRow self, NodeControl control) {
        return Behaviors.receiveMessage(command -> switch (command) {
            case Tick.NOW -> {
                long before = nanoTime.getAsLong();
                context.pipeToSelf(
                        database.async(() -> beat(self.under(control), before)),
                        (heard, failure) -> failure == null ? heard : new Missed(failure));
                ping();
                yield Behaviors.same();
            }
            case Pinged(var answered) -> {
                pinging = false;
                if (answered) {
                    pingedNanos = nanoTime.getAsLong();
                }
                yield Behaviors.same();
            }
            case Heard(var pulse, var holdings) -> {
                if (!pulse.known()) {
                    listener.rescued();
                    timers.startSingleTimer(Tick.NOW, INTERVAL);
                    yield Behaviors.same();
                }
                listener.holds(holdings, nanoTime.getAsLong() - pingedNanos <= PING_COUNTS.toNanos());
                listener.polling(pulse.pollingMemberUid());
                listener.steered(pulse.control());
                if (pulse.control().equals(control)) {
                    timers.startSingleTimer(Tick.NOW, INTERVAL);
                } else {
                    // Whoever has changed something looks into the table for it.
                    context.getSelf().tell(Tick.NOW);
                }
                yield beating(self, pulse.control());
            }
            case Missed _ -> {
                // The poller and the settler say that the database is away; a third voice would say no more.
                timers.startSingleTimer(Tick.NOW, AFTER_FAILURE);
                yield Behaviors.same();
            }
            case Leaving.NOW -> Behaviors.stopped();
            case Joined.NOW -> beating(self.asJoined(), control);
            case Draining.STARTED -> beating(self.asDraining(), control);
        });
    }

    /** Beside the heartbeat, which must not wait for it. */
    private void ping() {
        if (!pinging) {
            pinging = true;
            context.pipeToSelf(
                    database.async(() -> {
                        database.ping();
                        return true;
                    }),
                    (_, failure) -> new Pinged(failure == null));
        }
    }

    private Heard beat(NodeRow self, long beforeNanos) {
        if (!registered.get()) {
            nodes.register(self);
            registered.set(true);
        }
        boolean withMarked = patience.isOver(beforeNanos);
        var pulse = nodes.heartbeat(self, withMarked);
        if (withMarked) {
            long now = nanoTime.getAsLong();
            patience.ended(Duration.ofNanos(now - beforeNanos), now);
        }
        return new Heard(pulse, new Holdings(beforeNanos, pulse.held(), withMarked));
    }
}

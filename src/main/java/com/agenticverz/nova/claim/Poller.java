package com.agenticverz.nova.claim;

import com.agenticverz.nova.cluster.WireMessage;
import com.agenticverz.nova.execute.Assign;
import com.agenticverz.nova.execute.Demand;
import com.agenticverz.nova.store.ClaimResult;
import com.agenticverz.nova.store.Database;
import com.agenticverz.nova.store.InFlight;
import com.agenticverz.nova.store.LeaseStore;
import com.agenticverz.nova.store.Notifications;
import com.agenticverz.nova.store.Promotion;
import com.agenticverz.nova.store.Rescued;
import com.agenticverz.nova.store.RunStore;
import com.agenticverz.nova.telemetry.Events;
import com.agenticverz.nova.telemetry.Metrics;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.PreRestart;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;

/**
 * Claims runs for the whole cluster. Two states: {@link #acquiring} the lease, and {@link #polling} under it. One
 * statement at a time: what comes in meanwhile changes what the next one is.
 */
public final class Poller {

    /** What it can be told. */
    public sealed interface Command {}

    /** A node says what it can take. */
    public record NodeDemand(Demand demand) implements Command, WireMessage {}

    /** Runs were enqueued. */
    public enum Wake implements Command, WireMessage {
        UP
    }

    /** Let the lease go and stop: the singleton moves on. */
    public enum Stop implements Command, WireMessage {
        NOW
    }

    private enum Tick implements Command {
        ACQUIRE,
        POLL,
        DUE,
        RENEW,
        CORRECT,
        RETRY,
        SUMMARY
    }

    private record Acquired(OptionalLong epoch) implements Command {}

    private record AcquireFailed(Throwable cause) implements Command {}

    private record Renewed(Tenure tenure, boolean stillOurs) implements Command {}

    private record Claimed(Tenure tenure, Roster.Candidate node, int limit, ClaimResult result, Duration took)
            implements Command {}

    private record Promoted(Tenure tenure, Promotion promotion) implements Command {}

    private record InFlightRead(Tenure tenure, List<InFlight> listed) implements Command {}

    private record IdleSaid(Tenure tenure, boolean idle) implements Command {}

    private record StatementFailed(Tenure tenure, Throwable cause) implements Command {}

    private record Broughtback(Rescued rescued) implements Command {}

    private record Waiting(long runs) implements Command {}

    private record ListenUnavailable(String cause) implements Command {}

    private record Released(boolean written) implements Command {}

    private static final String LEASE = "poller";
    private static final Duration LEASE_TIME_TO_LIVE = Duration.ofSeconds(6);
    private static final Duration RENEW_INTERVAL = Duration.ofSeconds(2);
    private static final Duration ACQUIRE_INTERVAL = Duration.ofSeconds(1);
    private static final Duration CORRECT_INTERVAL = Duration.ofSeconds(5);
    private static final Duration SUMMARY_INTERVAL = Duration.ofSeconds(30);
    private static final Duration NODE_SILENCE = Duration.ofSeconds(5);
    private static final Duration FIRST_BACKOFF = Duration.ofMillis(200);
    private static final Duration LONGEST_BACKOFF = Duration.ofSeconds(2);
    private static final Duration BETWEEN_ERRORS = Duration.ofSeconds(5);
    private static final Duration BETWEEN_LISTEN_WARNINGS = Duration.ofMinutes(10);
    private static final int PROMOTED_AT_ONCE = 1000;

    /** What a poller is made of. */
    public record Parts(
            UUID node,
            Database database,
            PollerSettings settings,
            int defaultMaxAttempts,
            Metrics metrics,
            LongSupplier nanoTime) {}

    /** The time under one epoch of the lease; nothing of it outlives the epoch. */
    private static final class Tenure {
        final long epoch;
        final Cursor cursor = new Cursor();
        final ActorRef<Rescuer.Command> rescuer;
        final ActorRef<QueueGauge.Command> gauge;
        final Notifications.Subscription notifications;
        boolean busy;
        boolean renewing;
        boolean correctionDue = true;
        boolean promotionDue = true;
        boolean idleSaid;
        int failures;
        boolean claiming;
        int claimFailures;
        long fetched;
        long waiting;

        Tenure(
                long epoch,
                ActorRef<Rescuer.Command> rescuer,
                ActorRef<QueueGauge.Command> gauge,
                Notifications.Subscription notifications) {
            this.epoch = epoch;
            this.rescuer = rescuer;
            this.gauge = gauge;
            this.notifications = notifications;
        }
    }

    private final ActorContext<Command> context;
    private final TimerScheduler<Command> timers;
    private final Parts parts;
    private final Metrics metrics;
    private final RunStore runs;
    private final LeaseStore leases;
    private final String owner;
    private final Roster roster = new Roster();
    private long lastErrorNanos;
    private long lastListenNanos;
    private boolean asking;
    private boolean standingBy;

    /** The poller; runs as a cluster singleton. */
    public static Behavior<Command> create(Parts parts) {
        Behavior<Command> poller = Behaviors.setup(
                context -> Behaviors.withTimers(timers -> new Poller(context, timers, parts).acquiring()));
        return restarted(poller);
    }

    private static <T> Behavior<T> restarted(Behavior<T> behavior) {
        return Behaviors.supervise(behavior)
                .onFailure(SupervisorStrategy.restartWithBackoff(Duration.ofMillis(200), Duration.ofSeconds(10), 0.2));
    }

    private Poller(ActorContext<Command> context, TimerScheduler<Command> timers, Parts parts) {
        this.context = context;
        this.timers = timers;
        this.parts = parts;
        this.metrics = parts.metrics();
        this.runs = parts.database().runs();
        this.leases = parts.database().leases();
        this.owner = parts.node().toString();
        this.lastErrorNanos = now() - BETWEEN_ERRORS.toNanos();
        this.lastListenNanos = now() - BETWEEN_LISTEN_WARNINGS.toNanos();
        metrics.pollerActive(false);
        context.getSelf().tell(Tick.ACQUIRE);
    }

    private long now() {
        return parts.nanoTime().getAsLong();
    }

    // --- without the lease

    private Behavior<Command> acquiring() {
        return Behaviors.receiveMessage(command -> switch (command) {
            case Tick.ACQUIRE -> {
                asking = true;
                context.pipeToSelf(
                        parts.database().async(() -> leases.acquire(LEASE, owner, LEASE_TIME_TO_LIVE)),
                        (epoch, failure) -> failure == null ? new Acquired(epoch) : new AcquireFailed(failure));
                yield Behaviors.same();
            }
            case Acquired(var epoch)
            when epoch.isPresent() -> {
                asking = false;
                standingBy = false;
                yield polling(begin(epoch.getAsLong()));
            }
            case Acquired _ -> {
                asking = false;
                if (!standingBy) {
                    standingBy = true;
                    Events.pollerStandingBy();
                }
                timers.startSingleTimer(Tick.ACQUIRE, ACQUIRE_INTERVAL);
                yield Behaviors.same();
            }
            case AcquireFailed(var cause) -> {
                asking = false;
                sayPollFailed("the lease is not taken; trying again", cause);
                timers.startSingleTimer(Tick.ACQUIRE, ACQUIRE_INTERVAL);
                yield Behaviors.same();
            }
            case NodeDemand(var demand) -> {
                roster.heard(demand, now());
                yield Behaviors.same();
            }
            case Stop.NOW -> asking ? lettingGoOfTheAnswer() : Behaviors.stopped();
            // What an earlier tenure still had under way.
            case Tick _, Wake _, Renewed _, Claimed _, Promoted _, InFlightRead _, IdleSaid _ -> Behaviors.same();
            case StatementFailed _, Broughtback _, Waiting _, ListenUnavailable _, Released _ -> Behaviors.same();
        });
    }

    /** Stopped while a lease may be on its way here: it is let go when it arrives. */
    private Behavior<Command> lettingGoOfTheAnswer() {
        return Behaviors.receiveMessage(command -> {
            if (command instanceof Acquired(var epoch) && epoch.isPresent()) {
                return releasing(epoch.getAsLong());
            }
            return command instanceof Acquired || command instanceof AcquireFailed
                    ? Behaviors.stopped()
                    : Behaviors.same();
        });
    }

    private Tenure begin(long epoch) {
        var self = context.getSelf();
        var rescued = context.messageAdapter(Rescued.class, Broughtback::new);
        var waiting = context.messageAdapter(Long.class, Waiting::new);
        var rescuer = context.spawnAnonymous(restarted(
                Rescuer.create(parts.database(), parts.defaultMaxAttempts(), rescued, metrics, parts.nanoTime())));
        var gauge = context.spawnAnonymous(
                restarted(QueueGauge.create(parts.database(), waiting, metrics, parts.nanoTime())));
        var notifications = parts.database()
                .notifications()
                .listen(() -> self.tell(Wake.UP), cause -> self.tell(new ListenUnavailable(cause)));
        timers.startTimerWithFixedDelay(Tick.POLL, parts.settings().pollInterval());
        timers.startTimerWithFixedDelay(Tick.RENEW, RENEW_INTERVAL);
        timers.startTimerWithFixedDelay(Tick.CORRECT, CORRECT_INTERVAL);
        timers.startTimerWithFixedDelay(Tick.SUMMARY, SUMMARY_INTERVAL);
        metrics.pollerActive(true);
        Events.pollerStarted(epoch);
        var tenure = new Tenure(epoch, rescuer, gauge, notifications);
        next(tenure);
        return tenure;
    }

    private void end(Tenure tenure) {
        timers.cancelAll();
        tenure.notifications.close();
        context.stop(tenure.rescuer);
        context.stop(tenure.gauge);
        metrics.pollerActive(false);
        Events.pollerStopped(tenure.epoch);
    }

    // --- under the lease

    private Behavior<Command> polling(Tenure tenure) {
        return Behaviors.receive(Command.class)
                .onMessage(Command.class, command -> polled(tenure, command))
                .onSignal(PreRestart.class, _ -> ended(tenure))
                .onSignal(PostStop.class, _ -> ended(tenure))
                .build();
    }

    private Behavior<Command> ended(Tenure tenure) {
        end(tenure);
        return Behaviors.same();
    }

    private Behavior<Command> polled(Tenure tenure, Command command) {
        switch (command) {
            case NodeDemand(var demand) -> {
                roster.heard(demand, now());
                tenure.cursor.freed(demand.freed());
            }
            case Wake.UP -> tenure.cursor.wake();
            case Tick tick -> ticked(tenure, tick);
            case Claimed claimed
            when claimed.tenure() == tenure -> {
                succeeded(tenure);
                if (claimed.result() instanceof ClaimResult.Deposed) {
                    return deposed(tenure);
                }
                claimed(tenure, claimed);
            }
            case Promoted(var of, var promotion)
            when of == tenure -> {
                succeeded(tenure);
                promoted(tenure, promotion);
            }
            case InFlightRead(var of, var listed)
            when of == tenure -> {
                succeeded(tenure);
                tenure.correctionDue = false;
                tenure.cursor.correct(listed);
                roster.correct(listed.stream().map(InFlight::claimId).collect(Collectors.toSet()));
            }
            case IdleSaid(var of, var idle)
            when of == tenure -> {
                succeeded(tenure);
                tenure.idleSaid = idle;
                if (idle) {
                    // What came in before it was said did not notify.
                    tenure.cursor.wake();
                }
            }
            case Renewed(var of, var stillOurs)
            when of == tenure -> {
                tenure.renewing = false;
                if (!stillOurs) {
                    return deposed(tenure);
                }
            }
            case StatementFailed(var of, var cause) when of == tenure -> failed(tenure, cause);
            case Broughtback _ -> {
                tenure.correctionDue = true;
                tenure.cursor.wake();
            }
            case Waiting(var runs) -> tenure.waiting = runs;
            case ListenUnavailable(var cause) -> sayListenUnavailable(cause);
            case Stop.NOW -> {
                end(tenure);
                return releasing(tenure.epoch);
            }
            case Acquired _, AcquireFailed _, Released _ -> {}
            case Claimed _, Promoted _, InFlightRead _, IdleSaid _, Renewed _, StatementFailed _ -> {}
        }
        next(tenure);
        return Behaviors.same();
    }

    private void ticked(Tenure tenure, Tick tick) {
        switch (tick) {
            case POLL -> {
                tenure.promotionDue = true;
                tenure.cursor.wake();
            }
            case DUE -> tenure.promotionDue = true;
            case CORRECT -> tenure.correctionDue = true;
            case RETRY -> tenure.busy = false;
            case RENEW -> {
                renew(tenure);
                // Not with the poll: its interval may be an hour.
                roster.forgetSilent(now() - NODE_SILENCE.toNanos());
                tenure.rescuer.tell(new Rescuer.Speaking(roster.nodes()));
            }
            case SUMMARY -> {
                Events.pollSummary(tenure.fetched, tenure.waiting);
                tenure.fetched = 0;
            }
            case ACQUIRE -> {}
        }
    }

    private void renew(Tenure tenure) {
        if (tenure.renewing) {
            // Where the server hangs, renewals would line up for their one connection, and the release behind them.
            return;
        }
        tenure.renewing = true;
        context.pipeToSelf(
                parts.database().async(() -> leases.renew(LEASE, owner, tenure.epoch, LEASE_TIME_TO_LIVE)),
                // A failure proves nothing: the epoch fences the claim, and the next renewal will tell.
                (stillOurs, failure) -> new Renewed(tenure, failure != null || stillOurs));
    }

    /** The next statement, if none is under way and there is one to make. */
    private void next(Tenure tenure) {
        if (tenure.busy) {
            return;
        }
        if (tenure.correctionDue) {
            execute(tenure, runs::inFlight, listed -> new InFlightRead(tenure, listed));
        } else if (tenure.promotionDue) {
            execute(tenure, () -> runs.promote(PROMOTED_AT_ONCE), promotion -> new Promoted(tenure, promotion));
        } else if (tenure.cursor.backlog() && tenure.idleSaid) {
            sayIdle(tenure, false);
        } else if (tenure.cursor.wanted()) {
            roster.mostRoom().ifPresent(node -> claim(tenure, node));
        } else if (!tenure.idleSaid) {
            sayIdle(tenure, true);
        }
    }

    private void sayIdle(Tenure tenure, boolean idle) {
        execute(
                tenure,
                () -> {
                    runs.setIdle(tenure.epoch, idle);
                    return idle;
                },
                said -> new IdleSaid(tenure, said));
    }

    private void claim(Tenure tenure, Roster.Candidate node) {
        // Smaller after a failure: a batch that is too large for the memory here would be so for ever.
        int most = Math.max(1, parts.settings().batchSize() >> Math.min(tenure.claimFailures, 30));
        int limit = Math.min(most, node.room());
        var position = tenure.cursor.position();
        var inFlight = List.copyOf(tenure.cursor.inFlight());
        tenure.cursor.claiming();
        tenure.claiming = true;
        long before = now();
        execute(
                tenure,
                () -> runs.claim(tenure.epoch, node.node(), limit, position, inFlight, parts.defaultMaxAttempts()),
                result -> new Claimed(tenure, node, limit, result, Duration.ofNanos(now() - before)));
    }

    private <T extends @Nullable Object> void execute(
            Tenure tenure, Supplier<T> statement, Function<T, Command> success) {
        tenure.busy = true;
        context.pipeToSelf(
                parts.database().async(statement),
                (result, failure) -> failure == null ? success.apply(result) : new StatementFailed(tenure, failure));
    }

    private void claimed(Tenure tenure, Claimed claimed) {
        tenure.claiming = false;
        tenure.claimFailures = 0;
        int fetched = claimed.result() instanceof ClaimResult.Claimed batch
                ? batch.runs().size()
                : 0;
        metrics.polled(claimed.took(), fetched);
        tenure.fetched += fetched;
        switch (claimed.result()) {
            case ClaimResult.Claimed batch -> {
                tenure.cursor.claimed(batch, claimed.limit());
                roster.assigned(
                        claimed.node().node(), batch.claimId(), batch.runs().size());
                claimed.node()
                        .pool()
                        .tell(Assign.of(
                                batch.claimId(), batch.runs(), claimed.took().toMillis()));
            }
            case ClaimResult.Empty _ -> tenure.cursor.empty();
            case ClaimResult.Deposed _ -> throw new IllegalStateException("deposed, and yet it goes on");
        }
    }

    private void promoted(Tenure tenure, Promotion promotion) {
        tenure.promotionDue = promotion.promoted() == PROMOTED_AT_ONCE;
        if (promotion.promoted() > 0) {
            tenure.cursor.wake();
        }
        if (promotion.nextDue() != null
                && promotion.nextDue().compareTo(parts.settings().pollInterval()) < 0) {
            timers.startSingleTimer(Tick.DUE, promotion.nextDue().plusMillis(1));
        }
    }

    private void succeeded(Tenure tenure) {
        tenure.busy = false;
        tenure.failures = 0;
    }

    private void failed(Tenure tenure, Throwable cause) {
        // It may have been written all the same; then the claims know.
        tenure.correctionDue = true;
        var backoff = FIRST_BACKOFF.multipliedBy(1L << Math.min(tenure.failures, 4));
        tenure.failures++;
        if (tenure.claiming) {
            tenure.claiming = false;
            tenure.claimFailures++;
        }
        sayPollFailed("nothing is claimed until the database answers; running skills go on", cause);
        timers.startSingleTimer(Tick.RETRY, backoff.compareTo(LONGEST_BACKOFF) < 0 ? backoff : LONGEST_BACKOFF);
    }

    /** At a bounded rate: an outage is one story, not one line for each attempt to end it. */
    private void sayPollFailed(String consequence, Throwable cause) {
        metrics.workerError();
        if (now() - lastErrorNanos >= BETWEEN_ERRORS.toNanos()) {
            lastErrorNanos = now();
            Events.pollFailed(consequence, cause);
        }
    }

    private void sayListenUnavailable(String cause) {
        if (now() - lastListenNanos >= BETWEEN_LISTEN_WARNINGS.toNanos()) {
            lastListenNanos = now();
            Events.listenUnavailable(cause);
        }
    }

    private Behavior<Command> deposed(Tenure tenure) {
        end(tenure);
        timers.startSingleTimer(Tick.ACQUIRE, ACQUIRE_INTERVAL);
        return acquiring();
    }

    /** Gives the lease back, so that the next poller need not wait for its end. */
    private Behavior<Command> releasing(long epoch) {
        context.pipeToSelf(
                parts.database().async(() -> {
                    leases.release(LEASE, owner, epoch);
                    return true;
                }),
                (_, failure) -> new Released(failure == null));
        return Behaviors.receiveMessage(
                command -> command instanceof Released ? Behaviors.stopped() : Behaviors.same());
    }
}

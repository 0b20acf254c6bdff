package com.agenticverz.nova.claim;

import com.agenticverz.nova.cluster.Membership;
import com.agenticverz.nova.cluster.WireMessage;
import com.agenticverz.nova.execute.Assign;
import com.agenticverz.nova.execute.Demand;
import com.agenticverz.nova.run.RunStatus;
import com.agenticverz.nova.store.ClaimResult;
import com.agenticverz.nova.store.Database;
import com.agenticverz.nova.store.Expired;
import com.agenticverz.nova.store.LeaseStore;
import com.agenticverz.nova.store.Notifications;
import com.agenticverz.nova.store.Rescued;
import com.agenticverz.nova.telemetry.Events;
import com.agenticverz.nova.telemetry.Metrics;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.function.LongSupplier;
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
        RESTED,
        OPEN,
        SUMMARY,
        STOP_ANYWAY
    }

    private record Acquired(OptionalLong epoch) implements Command {}

    private record AcquireFailed(Throwable cause) implements Command {}

    private record Renewed(Tenure tenure, boolean stillOurs) implements Command {}

    private record RenewFailed(Tenure tenure) implements Command {}

    private record Executed(Tenure tenure, Statement.Result result) implements Command {}

    private record StatementFailed(Tenure tenure, Throwable cause) implements Command {}

    private record Notified(Set<String> news) implements Command {}

    private record BroughtBack(Rescued rescued) implements Command {}

    private record Waiting(long runs) implements Command {}

    private record ListenUnavailable(String cause) implements Command {}

    private record Released(boolean written) implements Command {}

    private static final String LEASE = "poller";
    private static final Duration LEASE_TIME_TO_LIVE = Duration.ofSeconds(6);
    private static final Duration RENEW_INTERVAL = Duration.ofSeconds(2);
    private static final Duration ACQUIRE_INTERVAL = Duration.ofSeconds(1);
    /** At first, because the lease of the poller before this one may be about to be let go, or to run out. */
    private static final Duration FIRST_ACQUIRE_INTERVAL = Duration.ofMillis(200);

    private static final Duration HURRY = Duration.ofSeconds(10);
    /** Within this it stops, whatever the database does. */
    private static final Duration STOP_TIME = Duration.ofSeconds(2);

    private static final Duration CORRECT_INTERVAL = Duration.ofSeconds(5);
    private static final Duration SUMMARY_INTERVAL = Duration.ofSeconds(30);
    private static final Duration NODE_SILENCE = Duration.ofSeconds(5);

    /** A rate may open in a year, and a timer takes no delay of more than 248 days. */
    private static final Duration LONGEST_DELAY = Duration.ofHours(1);

    /**
     * What a poller is made of.
     *
     * @param node the node it runs on
     * @param defaultMaxAttempts for runs that do not say it themselves
     * @param retention how long runs are kept after they have ended
     * @param membership who is a member of the cluster
     * @param timetable when schedules tick
     * @param stepDown called where the database is away for this node and not for others, so that the singleton is to
     *     move to one of them; must not block, and may be called again
     * @param nanoTime the node's monotonic clock
     */
    public record Parts(
            UUID node,
            Database database,
            PollerSettings settings,
            int defaultMaxAttempts,
            RetentionSettings retention,
            Membership membership,
            Timetable timetable,
            Runnable stepDown,
            Metrics metrics,
            LongSupplier nanoTime) {}

    private final ActorContext<Command> context;
    private final TimerScheduler<Command> timers;
    private final Parts parts;
    private final Metrics metrics;
    private final Statement.Stores stores;
    private final LeaseStore leases;
    private final String owner;
    private final Roster roster;
    private final Outage outage = new Outage();
    private final Complaints complaints;
    private final long startedNanos;
    private long waiting;
    private @Nullable Long promotionNanos;
    private @Nullable Long openingNanos;
    private int failedClaims;
    private boolean asking;
    private boolean renewing;
    private boolean standingBy;
    private boolean steppedDown;

    /** The poller; runs as a cluster singleton. */
    public static Behavior<Command> create(Parts parts) {
        Behavior<Command> poller = Behaviors.setup(
                context -> Behaviors.withTimers(timers -> new Poller(context, timers, parts).acquiring()));
        return restarted(poller);
    }

    static <T> Behavior<T> restarted(Behavior<T> behavior) {
        return Behaviors.supervise(behavior)
                .onFailure(SupervisorStrategy.restartWithBackoff(Duration.ofMillis(200), Duration.ofSeconds(10), 0.2));
    }

    private Poller(ActorContext<Command> context, TimerScheduler<Command> timers, Parts parts) {
        this.context = context;
        this.timers = timers;
        this.parts = parts;
        this.metrics = parts.metrics();
        this.stores = Statement.Stores.of(parts.database());
        this.leases = parts.database().leases();
        this.owner = parts.node().toString();
        this.roster = new Roster(parts.membership());
        this.complaints = new Complaints(parts.nanoTime());
        this.startedNanos = now();
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
            case Acquired(var epoch) -> {
                asking = false;
                outage.over();
                if (epoch.isPresent()) {
                    standingBy = false;
                    var tenure = new Tenure(epoch.getAsLong(), parts.settings(), roster, parts.nanoTime());
                    tenure.goOnAfter(failedClaims);
                    failedClaims = 0;
                    yield begin(tenure);
                }
                if (!standingBy) {
                    standingBy = true;
                    Events.pollerStandingBy();
                }
                acquireLater();
                yield Behaviors.same();
            }
            case AcquireFailed(var cause) -> {
                asking = false;
                failed("the lease is not taken; trying again", cause);
                acquireLater();
                yield Behaviors.same();
            }
            case NodeDemand(var demand) -> {
                roster.heard(demand, now());
                yield Behaviors.same();
            }
            case Stop.NOW -> asking ? lettingGoOfTheAnswer() : Behaviors.stopped();
            // What an earlier tenure still had under way.
            case Tick _, Wake _, Renewed _, RenewFailed _, Executed _, StatementFailed _ -> Behaviors.same();
            case Notified _, BroughtBack _, Waiting _, ListenUnavailable _, Released _ -> Behaviors.same();
        });
    }

    private void acquireLater() {
        boolean hurry = now() - startedNanos < HURRY.toNanos();
        timers.startSingleTimer(Tick.ACQUIRE, hurry ? FIRST_ACQUIRE_INTERVAL : ACQUIRE_INTERVAL);
    }

    /** Stopped while a lease may be on its way here: it is let go when it arrives. */
    private Behavior<Command> lettingGoOfTheAnswer() {
        timers.startSingleTimer(Tick.STOP_ANYWAY, STOP_TIME);
        return Behaviors.receiveMessage(command -> {
            if (command instanceof Acquired(var epoch) && epoch.isPresent()) {
                return releasing(epoch.getAsLong());
            }
            return command instanceof Acquired || command instanceof AcquireFailed || command == Tick.STOP_ANYWAY
                    ? Behaviors.stopped()
                    : Behaviors.same();
        });
    }

    private Behavior<Command> begin(Tenure tenure) {
        steppedDown = false;
        waiting = 0;
        promotionNanos = null;
        openingNanos = null;
        // Whom nobody forgot while there was no lease.
        roster.forgetSilent(now() - NODE_SILENCE.toNanos());
        var self = context.getSelf();
        var rescued = context.messageAdapter(Rescued.class, BroughtBack::new);
        var counted = context.messageAdapter(Long.class, Waiting::new);
        var staff = new Staff(
                context,
                Rescuer.create(
                        parts.database(),
                        parts.defaultMaxAttempts(),
                        parts.membership(),
                        rescued,
                        metrics,
                        parts.nanoTime()),
                QueueGauge.create(parts.database(), counted, metrics, parts.nanoTime()),
                Sweeper.create(parts.database(), tenure.epoch(), parts.retention(), metrics, parts.nanoTime()),
                Scheduler.create(parts.database(), parts.timetable(), tenure.epoch()),
                parts.database().notifications(),
                news -> self.tell(new Notified(news)),
                cause -> self.tell(new ListenUnavailable(cause)));
        timers.startTimerWithFixedDelay(Tick.POLL, parts.settings().pollInterval());
        timers.startTimerWithFixedDelay(Tick.RENEW, RENEW_INTERVAL);
        timers.startTimerWithFixedDelay(Tick.CORRECT, CORRECT_INTERVAL);
        timers.startTimerWithFixedDelay(Tick.SUMMARY, SUMMARY_INTERVAL);
        metrics.pollerActive(true);
        Events.pollerStarted(tenure.epoch());
        next(tenure);
        return polling(tenure, staff);
    }

    private void end(Tenure tenure, Staff staff) {
        timers.cancelAll();
        staff.dismiss();
        metrics.pollerActive(false);
        Events.pollerStopped(tenure.epoch());
    }

    // --- under the lease

    private Behavior<Command> polling(Tenure tenure, Staff staff) {
        return Behaviors.receive(Command.class)
                .onMessage(Command.class, command -> polled(tenure, staff, command))
                .onSignal(PreRestart.class, _ -> ended(tenure, staff))
                .onSignal(PostStop.class, _ -> ended(tenure, staff))
                .build();
    }

    private Behavior<Command> ended(Tenure tenure, Staff staff) {
        end(tenure, staff);
        return Behaviors.same();
    }

    private Behavior<Command> polled(Tenure tenure, Staff staff, Command command) {
        switch (command) {
            case NodeDemand(var demand) -> {
                roster.heard(demand, now());
                tenure.heard(demand);
                if (demand.dueInMillis() != null) {
                    promoteIn(Duration.ofMillis(demand.dueInMillis()));
                }
            }
            case Wake.UP -> tenure.wake();
            case Notified(var news) -> {
                if (news.contains(Notifications.POLICY)) {
                    tenure.policyChanged();
                }
                if (news.contains(Notifications.RUNS)) {
                    tenure.wake();
                }
            }
            case Tick tick -> ticked(tenure, staff, tick);
            case Executed(var of, var result)
            when of == tenure -> {
                outage.over();
                if (isDeposed(result)) {
                    return deposed(tenure, staff);
                }
                executed(tenure, result);
            }
            case Renewed(var of, var stillOurs)
            when of == tenure -> {
                renewing = false;
                if (!stillOurs) {
                    return deposed(tenure, staff);
                }
            }
            case RenewFailed(var of)
            when of == tenure -> {
                // It proves nothing: the epoch fences the claim, and the next renewal will tell.
                renewing = false;
                stepDownIfOthersHaveTheDatabase();
            }
            case StatementFailed(var of, var cause)
            when of == tenure -> {
                boolean mayBeClaimedYet = tenure.isClaimingPicked() && Database.mayBeWritten(cause);
                timers.startSingleTimer(Tick.RESTED, tenure.failed());
                failed("nothing is claimed until the database answers; running skills go on", cause);
                if (mayBeClaimedYet) {
                    // It may be written after what is in use was read again. Under a new epoch it is not: whoever takes
                    // the
                    // lease waits for it, and after that it finds the lease gone.
                    failedClaims = tenure.claimFailures();
                    return deposed(tenure, staff);
                }
            }
            case BroughtBack(var rescued) -> tenure.broughtBack(rescued);
            case Waiting(var runs) -> waiting = runs;
            case ListenUnavailable(var cause) -> complaints.listenUnavailable(cause);
            case Stop.NOW -> {
                end(tenure, staff);
                return tenure.isClaiming() ? finishing(tenure) : releasing(tenure.epoch());
            }
            case Acquired _, AcquireFailed _, Released _ -> {}
            case Executed _, Renewed _, RenewFailed _, StatementFailed _ -> {}
        }
        next(tenure);
        return Behaviors.same();
    }

    private void ticked(Tenure tenure, Staff staff, Tick tick) {
        switch (tick) {
            case POLL -> tenure.poll();
            case DUE -> {
                promotionNanos = null;
                tenure.promote();
            }
            case CORRECT -> tenure.correct();
            case RESTED -> tenure.rested();
            case OPEN -> {
                openingNanos = null;
                tenure.opened();
            }
            case RENEW -> {
                renew(tenure);
                // Not with the poll: its interval may be an hour.
                roster.forgetSilent(now() - NODE_SILENCE.toNanos());
                staff.speaking(roster.nodes());
            }
            case SUMMARY -> Events.pollSummary(tenure.fetched(), waiting);
            case ACQUIRE, STOP_ANYWAY -> {}
        }
    }

    private void renew(Tenure tenure) {
        if (renewing) {
            // Where the server hangs, renewals would line up for their one connection, and the release behind them.
            return;
        }
        renewing = true;
        context.pipeToSelf(
                parts.database().async(() -> leases.renew(LEASE, owner, tenure.epoch(), LEASE_TIME_TO_LIVE)),
                (stillOurs, failure) -> failure == null ? new Renewed(tenure, stillOurs) : new RenewFailed(tenure));
    }

    private void next(Tenure tenure) {
        tenure.next()
                .ifPresentOrElse(
                        statement -> make(tenure, statement),
                        () -> tenure.opensInNanos().ifPresent(this::openIn));
    }

    /** Unless that is done before: whoever waits then says anew until when. */
    private void openIn(long nanos) {
        var delay = Duration.ofNanos(Math.min(nanos, LONGEST_DELAY.toNanos()));
        long at = now() + delay.toNanos();
        if (openingNanos == null || at - openingNanos < 0) {
            openingNanos = at;
            timers.startSingleTimer(Tick.OPEN, delay);
        }
    }

    private void make(Tenure tenure, Statement statement) {
        context.pipeToSelf(
                parts.database()
                        .async(() ->
                                statement.make(stores, tenure.epoch(), parts.defaultMaxAttempts(), parts.nanoTime())),
                (result, failure) ->
                        failure == null ? new Executed(tenure, result) : new StatementFailed(tenure, failure));
    }

    private static boolean isDeposed(Statement.Result result) {
        return switch (result) {
            case Statement.Result.Claimed claimed -> claimed.result() instanceof ClaimResult.Deposed;
            case Statement.Result.InUseRead(var listed) -> listed.isEmpty();
            default -> false;
        };
    }

    private void executed(Tenure tenure, Statement.Result result) {
        switch (result) {
            case Statement.Result.PolicyRead(var policy) -> tenure.policyRead(policy);
            case Statement.Result.InFlightRead(var listed) -> tenure.read(listed);
            case Statement.Result.InUseRead(var listed) -> tenure.inUse(listed.orElseThrow());
            case Statement.Result.LanesListed(var lanes) -> tenure.listed(lanes);
            case Statement.Result.Looked(var look, var found) -> tenure.looked(look, found);
            case Statement.Result.IdleSaid(var idle) -> tenure.saidIdle(idle);
            case Statement.Result.WaitsSaid _ -> tenure.saidWaits();
            case Statement.Result.ExpiredCancelled(var runs) -> {
                tenure.expired(runs.size());
                runs.forEach(this::expired);
            }
            case Statement.Result.Promoted(var promotion) -> {
                tenure.promoted(promotion);
                if (promotion.nextDue() != null) {
                    promoteIn(promotion.nextDue());
                }
            }
            case Statement.Result.Claimed(var claim, ClaimResult.Claimed batch, var took) -> {
                metrics.polled(took, batch.runs().size());
                tenure.claimed(claim, batch);
                claim.node().pool().tell(Assign.of(batch.claimId(), batch.runs(), took.toMillis()));
            }
            case Statement.Result.Claimed(var claim, var _, var took) -> {
                metrics.polled(took, 0);
                tenure.claimedNothing(claim);
            }
        }
    }

    private void expired(Expired run) {
        metrics.runEnded(RunStatus.CANCELLED, Duration.ZERO);
        Events.runCancelled(run.runId(), run.agentId(), "not started by its expires_at");
    }

    /** Unless that is done before: by the next poll, or for what is due earlier. That finds what is due next after it. */
    private void promoteIn(Duration time) {
        if (time.compareTo(parts.settings().pollInterval()) >= 0) {
            return;
        }
        var delay = time.plusMillis(1);
        long at = now() + delay.toNanos();
        if (promotionNanos == null || at - promotionNanos < 0) {
            promotionNanos = at;
            timers.startSingleTimer(Tick.DUE, delay);
        }
    }

    private void failed(String consequence, Throwable cause) {
        metrics.workerError();
        complaints.pollFailed(consequence, cause);
        stepDownIfOthersHaveTheDatabase();
    }

    /** A statement failed. An outage for everybody moves nothing: the next poller could do no more than this one. */
    private void stepDownIfOthersHaveTheDatabase() {
        outage.goesOn(now(), roster.databaseAnswersOnlyOthers(parts.node(), now()));
        if (!steppedDown && outage.isLong(now())) {
            steppedDown = true;
            parts.stepDown().run();
        }
    }

    private Behavior<Command> deposed(Tenure tenure, Staff staff) {
        end(tenure, staff);
        renewing = false;
        acquireLater();
        return acquiring();
    }

    // --- on the way out

    /** What is being claimed has no owner until its node is told: otherwise it would lie there for two heartbeats. */
    private Behavior<Command> finishing(Tenure tenure) {
        timers.startSingleTimer(Tick.STOP_ANYWAY, STOP_TIME);
        return Behaviors.receiveMessage(command -> switch (command) {
            case Executed(var of, var result)
            when of == tenure -> {
                if (!isDeposed(result)) {
                    executed(tenure, result);
                }
                yield releasing(tenure.epoch());
            }
            case StatementFailed(var of, var _) when of == tenure -> releasing(tenure.epoch());
            case Tick.STOP_ANYWAY -> Behaviors.stopped();
            default -> Behaviors.same();
        });
    }

    /**
     * Gives the lease back, so that the next poller need not wait for its end. Where that takes too long, it has to: the
     * singleton moves only once this has stopped.
     */
    private Behavior<Command> releasing(long epoch) {
        if (!timers.isTimerActive(Tick.STOP_ANYWAY)) {
            timers.startSingleTimer(Tick.STOP_ANYWAY, STOP_TIME);
        }
        context.pipeToSelf(
                parts.database().async(() -> {
                    leases.release(LEASE, owner, epoch);
                    return true;
                }),
                (_, failure) -> new Released(failure == null));
        return Behaviors.receiveMessage(command ->
                command instanceof Released || command == Tick.STOP_ANYWAY ? Behaviors.stopped() : Behaviors.same());
    }
}

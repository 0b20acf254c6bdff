/**
 * How runs are executed on one node.
 *
 * <p><b>Authority.</b> The {@link com.agenticverz.nova.execute.WorkerPool} decides which of the claimed runs starts
 * when; a {@link com.agenticverz.nova.execute.Worker} executes one run at a time. Neither writes to the database: the
 * settler, a child of the pool, does; only the signals that a step takes are taken on the thread of its run.
 *
 * <p><b>Turns.</b> What a worker gets is a {@link com.agenticverz.nova.execute.Turn}: one run, or, while nearly all runs
 * take less than a millisecond, as many as fit into one, or its share of what waits if that is more, one after the other on
 * one thread; then the messages and the thread cost each run little. What has not begun can be taken back at any moment, so
 * that a run that is long after all holds up the others for a moment only.
 *
 * <p><b>Checkpoints.</b> A run of several steps or items waits after each but the last until it is in the table
 * ({@link com.agenticverz.nova.execute.RunCheckpoints}), and reads at its start what earlier attempts have put there. The
 * pool has the run marked first, because the mark is the fence of what is kept. While the database is away the run waits;
 * its timeout and the drain interrupt it as they would a skill. What finished and was not kept is done again.
 *
 * <p><b>Branches.</b> A plan whose steps need each other, or are executed for each item of an array, is executed by the
 * thread of its run as the others are, but each call of a skill gets a virtual thread of its own
 * ({@link com.agenticverz.nova.execute.FlowExecution}), as many at once as the plan allows. A branch executes and keeps
 * what it has executed; what may begin next is decided on the thread of the run alone. However the plan nests them, a run
 * has 64 at most, and each is matched by one more of the {@link com.agenticverz.nova.execute.Carriers}. When a branch fails
 * or the run is stopped the others are interrupted and waited for, shorter than the worker waits for the run; a skill that
 * does not end is abandoned, and what it returns is not kept.
 *
 * <p><b>Progress.</b> What skills say of their steps goes into {@link com.agenticverz.nova.execute.StepReports}, of each
 * step the last, without a message and without a wait, and within a bound. Once a second the pool takes it for the settler;
 * what a run has said last goes along with its end. A try that has ended, and a run that is no longer held, say nothing any
 * more.
 *
 * <p><b>Signals.</b> A step takes what was sent to its run on the thread of the run, once the pool has seen to the mark
 * ({@link com.agenticverz.nova.execute.RunSignals}). Where there is nothing yet, the run sleeps, with the number of signals
 * that its steps have seen: if that has changed by then, it does not. The process dies: what was taken is the step's all the
 * same, and the next attempt is given it again.
 *
 * <p><b>Skills.</b> Of a plan with a skill that this node does not have nothing is executed, whatever is kept of it
 * ({@link com.agenticverz.nova.execute.PlanExecution#missingSkills}): the run sleeps for a few seconds, with its attempt given
 * back and its moment of expiry kept, and the next demand names the skill ({@link com.agenticverz.nova.execute.MissingSkills}),
 * so that the poller sends such runs to nodes that have it. That demand is lost: the next such run has it said again. The poller
 * is of an older version: it does not heed it, and each of these runs comes by every few seconds, until a node has the skill.
 *
 * <p><b>Threads.</b> A turn runs on a virtual thread of its own ({@link com.agenticverz.nova.execute.PlanExecution}), never
 * on a dispatcher, so its worker can always be told to stop, and the timers of the worker always fire. Stopping is an
 * interrupt; a skill that has not ended shortly after is abandoned: its run is over, its late result dropped here and
 * fenced out in the database. Its thread lives on, and {@link com.agenticverz.nova.execute.Abandoned} counts it: as many as
 * the node executes in parallel are replaced while they live, and a worker beyond that stays with its skill, so that deaf
 * skills cannot fill the process. It is the same with a step that does not heed its own timeout: it is left behind, or
 * waited for.
 *
 * <p><b>Cancel.</b> Whoever cancels, resets or deletes a run does so in the table alone. Twice a second the
 * {@link com.agenticverz.nova.execute.Watch} looks after the runs that have been marked for a moment, by primary key, and
 * the heartbeat compares everything every two seconds; what is gone is interrupted. A run that is not marked yet needs
 * neither: its mark or its settlement is fenced out. Where the database is away, nobody can cancel either.
 *
 * <p><b>State.</b> The pool is an actor around plain values: the {@link com.agenticverz.nova.execute.Workload} (what waits
 * and what is executed), the {@link com.agenticverz.nova.execute.Arrivals} (which claims came), the
 * {@link com.agenticverz.nova.execute.Room} that is left, the {@link com.agenticverz.nova.execute.Audit} that compares what
 * the tables say with all that. Around them are its parts, each of which does one thing on the thread of the pool: the
 * {@link com.agenticverz.nova.execute.ClaimIntake} takes claims in, {@link com.agenticverz.nova.execute.Marks} has runs marked,
 * {@link com.agenticverz.nova.execute.TurnResults} hands on how they ended,
 * {@link com.agenticverz.nova.execute.LostRuns} stops those that are no longer held, the
 * {@link com.agenticverz.nova.execute.Announcer} tells the poller, and {@link com.agenticverz.nova.execute.Draining} is the
 * way out.
 *
 * <p><b>Steered.</b> How many runs a node executes at once and whether it takes any are people's to say while it runs
 * ({@link com.agenticverz.nova.execute.Steering}): the heartbeat brings it as a state, again and again. The
 * {@link com.agenticverz.nova.execute.Crew} grows at once, and shrinks by whoever idles and then by whoever ends a turn;
 * nobody is interrupted. A node that is told to drain hands back what waits and goes on with what it executes, until it is
 * told otherwise; the way out is another thing, after which none of this counts. Until the first word the pool takes
 * nothing, so that a node which is to drain or to be smaller is so from its start.
 *
 * <p><b>Demand.</b> The pool tells the poller how many runs it can take: idle workers, and a few more when runs are so
 * short that workers would idle for the time of a claim ({@link com.agenticverz.nova.execute.ReadAhead}); none when
 * outcomes fill the memory or the database has been silent for three heartbeats. The message is a state, not a change,
 * and it is repeated, so a lost one does no harm.
 *
 * <p><b>Assignment.</b> A claim comes in one message. Where its runs may not fit into a frame it comes without them, and the
 * {@link com.agenticverz.nova.execute.ClaimReader} reads them from the database. Lost: the heartbeat finds a claim that is
 * half a second old and never came, and it is let go. Doubled: the second changes nothing. Late: a claim that was let go is
 * refused. The process dies: the claim is in the table, and the rescue takes it from there.
 *
 * <p><b>Failure.</b> A worker that breaks is restarted with backoff and its run ends as a retryable failure; the pool
 * keeps its size. When the pool, the settler or the reader breaks, what the node holds is unknown: the process ends, and the
 * rescue brings its runs back.
 */
@NullMarked
package com.agenticverz.nova.execute;

import org.jspecify.annotations.NullMarked;

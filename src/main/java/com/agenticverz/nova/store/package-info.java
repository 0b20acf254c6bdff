/**
 * Every SQL statement.
 *
 * <p>A statement is a file, named after the transition of a run that it makes, and runs in psql as it stands. Its
 * comments say which failure each surprising clause prevents. {@link com.agenticverz.nova.store.RunStore} and its
 * siblings bind values to them and read rows; nothing outside this package knows JDBI or {@code java.sql}, but for the
 * client that takes an application's connection: what it needs of this package ({@link
 * com.agenticverz.nova.store.Enqueuing}) needs the driver only. Those that all runs go through are bound over plain JDBC
 * ({@link com.agenticverz.nova.store.PlainStatement}): JDBI's arrays of objects took half of the time of a node that
 * drains. Statements of users, on databases of theirs, go through a {@link com.agenticverz.nova.store.ForeignSource},
 * which shares nothing with the rest.
 *
 * <p>What steers the cluster is changed on behalf of an {@link com.agenticverz.nova.store.Actor}, whom a trigger writes into
 * {@code audit_log} in the same transaction.
 *
 * <h2>Why each plan is the right one, whatever the statistics say</h2>
 *
 * <p>A queue changes faster than its statistics. Analyzed while it was empty, or while a large insert was not committed yet,
 * the table looks empty to the planner, and it joins a thousand outcomes with every row of it: a settlement once took 36
 * seconds. So those statements are sent together with {@code by_index.sql}, name the ids that they touch twice, once for
 * the index and once for the join, and hide the status from the planner where one of its partial indexes would tempt it.
 * {@code ClaimPlanTest} looks at their plans under statistics of each kind.
 *
 * <p>While a transaction stays open anywhere, dead index entries stay where they are: at the head of the queue. A statement
 * that walks over them is repeated the less often the longer it takes ({@link com.agenticverz.nova.store.Patience}).
 *
 * <h2>Why no pair of concurrent transitions settles a run twice or loses it</h2>
 *
 * <p>Every transition is one statement, and PostgreSQL's READ COMMITTED gives each two things. Where two statements change
 * one row of {@code runs}, the second waits for the first and then evaluates its condition on that row as the first left
 * it; what it read of other tables ({@code claims}, {@code leases}) stays as it was when it began. And a row that does not
 * match is left alone. So it is enough that each transition's condition on the row itself is false after any other one
 * that makes it wrong:
 *
 * <ul>
 *   <li><b>settle</b> leaves a status other than {@code queued} and {@code running}: a second settle, a mark, a rescue
 *       and a hand-back find neither and change nothing. Where it leaves {@code retry} and a promotion makes that
 *       {@code queued} again, the attempts have risen, and every fence before the mark compares them.
 *   <li><b>mark</b> leaves {@code running} with its claim: only a transition of the same claim, or a rescue of the node that
 *       holds it, matches. A hand-back gives the attempt back, so a run may be claimed twice under the same attempt;
 *       that is why the fence after the mark is the claim and not the attempts.
 *   <li><b>rescue</b> raises the attempts of what was not marked and takes the claim id from what was: no write of the
 *       rescued claim matches again. A mark that commits beside it leaves a running row of a node that is gone, and the
 *       next sweep, which looks for exactly that, brings it back.
 *   <li><b>release</b> deletes a claim and writes no run. A settlement of that claim that slips in beside it ends the
 *       run once, as what it was; any other claim of the run is then fenced out by the status.
 *   <li><b>claim</b> writes no run. Claiming a run twice wastes an execution; the first settlement fences the second
 *       out. A deposed poller names an old epoch and claims nothing.
 *   <li><b>hand-back</b> takes its runs out of their claims in the same statement: otherwise a rescue of the node would
 *       charge them for a death that was not theirs.
 *   <li><b>finished steps and reports</b> are written beside the row of their run, under its mark, and lock that row: a
 *       rescue waits, or they find that the run was taken and write nothing.
 *   <li><b>signals</b> are counted in the row of their run. Who sends one locks that row first: either it finds the run
 *       asleep and wakes it, or the statement that puts it to sleep waits, finds another number than its step has seen, and
 *       queues the run instead. The number is read together with the signals, from one snapshot: what is not in the one is
 *       not in the other. A step takes a signal under the mark of its run, and two that want the same one wait for each
 *       other. {@code SignalsTest} tries each order.
 *   <li><b>promotion</b> changes {@code scheduled} and {@code retry} only. A claim that outlives a settled retry may still
 *       list the run, under attempts that it no longer has.
 *   <li><b>a re-run</b> is a new run; of two that repeat the same one at once, the second waits for its row and looks for
 *       re-runs only then, in a statement of its own: one that waits would not see what was committed meanwhile.
 *   <li><b>the sweep of retention</b> deletes ended runs, which no other transition changes, and passes over what is locked.
 *   <li><b>by hand</b>: the runbook's reset leaves {@code queued} with the attempts of the mark, which the running
 *       claim was not made with; a cancel leaves a terminal status; a delete leaves no row. No fence matches any.
 * </ul>
 *
 * <p>A transition that changes both locks {@code claims} before {@code runs}, so that a rescue in the middle of a write
 * waits and does not deadlock. Two batches that meet the same runs in another order still may; the one that PostgreSQL ends
 * is tried again.
 *
 * <p>Nothing is lost because a run that is not terminal is always reachable: {@code queued} by the claim (what is in
 * flight is read again from {@code claims} at a fixed interval), {@code scheduled} and {@code retry} by the promotion,
 * {@code running} by its holder or, when that is gone, by the sweep. {@code ConcurrentStepsTest} tries each pair in
 * both orders on a real server; the model under {@code src/test/protocol} is searched whole.
 */
@NullMarked
package com.agenticverz.nova.store;

import org.jspecify.annotations.NullMarked;

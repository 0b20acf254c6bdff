/**
 * How runs end: what an attempt makes of its run, and the one writer per node that puts it into the table.
 *
 * <p><b>Authority.</b> Only the {@link com.agenticverz.nova.settle.Settler} of a node writes marks, finished steps,
 * settlements and hand-backs of the runs that this node holds, one statement at a time. So for one run they reach the
 * database in the order in which they happened, and a mark is in doubt only between a failed write and the next one that
 * succeeds.
 *
 * <p><b>Batches.</b> A write starts as soon as there is something to write; what arrives meanwhile is the next batch. An
 * idle node settles at once and a busy one in large batches, with no delay to tune. The
 * {@link com.agenticverz.nova.settle.Backlog} holds what waits and chooses the next write, the
 * {@link com.agenticverz.nova.settle.Statements} say what it does in the database, and the
 * {@link com.agenticverz.nova.settle.Acknowledgements} what follows from its answer.
 *
 * <p><b>Failure.</b> While the database is away outcomes wait in memory. Their number is bounded: at the limit the pool
 * asks for no more work. A write whose acknowledgement was lost is sent again; that is harmless because of its fence,
 * and what the fence then leaves out is read back to tell "already written" from "no longer ours". A run that
 * somebody has locked is not waited for longer than a lock may take ({@code by_index.sql}): the write fails, is tried again
 * with half of the runs and behind the others, and only that run waits. A value that
 * PostgreSQL refuses must not hold up the others: the batch is halved until the one is found, and its run fails with
 * that said.
 *
 * <p><b>Steps.</b> A finished step waits for the mark of its run; whoever waits for the step is told that it is kept, that
 * its run is lost, or that PostgreSQL refuses it. Branches of a run may wait for several
 * ({@link com.agenticverz.nova.settle.StepQueue}): each has its answer, and they are lost together.
 * An end of a run that another attempt may follow is not written before them: what is finished would be executed again.
 *
 * <p><b>Reports.</b> What skills say of their steps ({@link com.agenticverz.nova.settle.ReportQueue}) waits for the mark
 * too; of each step only the newest does. An end of a run that another attempt may follow, a failure, a sleep or a
 * hand-back, is not written before them, so that this attempt goes on from where its skill said that it was. They are the
 * only thing here that may be lost: when they fill their share of the memory the oldest go, what PostgreSQL refuses is
 * dropped and said in the log, and where somebody changes the run at that very moment the report is left out.
 *
 * <p><b>Claims.</b> The {@link com.agenticverz.nova.settle.Ledger} knows which claims still have a run that needs their
 * row: one that is neither marked nor settled. A row goes in the statement that writes the last of them.
 */
@NullMarked
package com.agenticverz.nova.settle;

import org.jspecify.annotations.NullMarked;

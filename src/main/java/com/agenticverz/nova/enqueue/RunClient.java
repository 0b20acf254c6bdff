package com.agenticverz.nova.enqueue;

import com.agenticverz.nova.run.Enqueued;
import com.agenticverz.nova.run.NewRun;
import com.agenticverz.nova.store.Enqueuing;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/**
 * Enqueues runs in a transaction of yours: they are in the queue when you commit, together with what else you have
 * written, and not at all when you roll back.
 *
 * <pre>{@code
 * connection.setAutoCommit(false);
 * // ... what belongs together with the run ...
 * var run = RunClient.on(connection).enqueue(
 *         NewRun.with("billing", "{\"steps\":[{\"skill\":\"send_invoice\",\"params\":{\"order\":42}}]}")
 *                 .idempotencyKey("invoice-42")
 *                 .build());
 * connection.commit();
 * }</pre>
 *
 * <p>It needs this jar and the driver of PostgreSQL on the class path, and no other library. It keeps nothing but the
 * connection, which it neither commits nor closes; as a connection, it is for one thread at a time.
 */
public final class RunClient {

    private final Connection connection;

    private RunClient(Connection connection) {
        this.connection = connection;
    }

    /** A client that enqueues on this connection, to the database that has Nova's schema. */
    public static RunClient on(Connection connection) {
        return new RunClient(connection);
    }

    /**
     * Enqueues a run. Its fields and the outline of its plan are checked, by the function {@code nova_enqueue}; what a
     * step says beyond the name of its skill is checked when it is executed.
     *
     * @return the run that is there now: this one, or the one that was known
     * @throws EnqueueException when PostgreSQL refuses it or does not answer
     */
    public Enqueued enqueue(NewRun run) {
        try {
            return Enqueuing.each(connection, List.of(run)).getFirst();
        } catch (SQLException e) {
            throw new EnqueueException(e);
        }
    }

    /**
     * Enqueues many runs: by COPY, where none of them has an idempotency key or is unique for a time, and the connection is
     * that of the driver or unwraps to it; else by one statement. They are checked as an INSERT is; a plan that cannot be
     * executed fails when it is.
     *
     * @return what became of each, in their order, which is that of the queue
     * @throws EnqueueException when PostgreSQL refuses one or does not answer
     */
    public List<Enqueued> enqueueAll(List<NewRun> runs) {
        try {
            return Enqueuing.all(connection, runs);
        } catch (SQLException e) {
            throw new EnqueueException(e);
        }
    }
}

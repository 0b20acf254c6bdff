package com.agenticverz.nova.scenario;

import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Somebody who enqueues runs that sleep, so many at a time and at a steady pace, until closed. */
final class Load implements AutoCloseable {

    private final Thread thread;
    private volatile boolean closed;
    private volatile int inserted;
    private volatile SQLException failure;

    /** Begins at once. */
    static Load of(Sql sql, int runs, Duration every, double seconds) {
        return new Load(sql, runs, every, seconds);
    }

    private Load(Sql sql, int runs, Duration every, double seconds) {
        thread = Thread.ofPlatform().name("load").start(() -> {
            try (var connection = sql.connect();
                    var insert = connection.prepareStatement("""
                            INSERT INTO runs (agent_id, plan)
                            SELECT 'load', jsonb_build_object('steps', jsonb_build_array(jsonb_build_object(
                              'skill', 'sleep', 'params', jsonb_build_object('seconds', ?::float8))))
                            FROM generate_series(1, ?)
                            """)) {
                insert.setDouble(1, seconds);
                insert.setInt(2, runs);
                long due = System.nanoTime();
                while (!closed) {
                    insert.executeUpdate();
                    inserted += runs;
                    due += every.toNanos();
                    LockSupport.parkNanos(due - System.nanoTime());
                }
            } catch (SQLException e) {
                failure = e;
            }
        });
    }

    /** Stops it; from then on there are just so many runs as it has enqueued. */
    int stop() {
        close();
        if (failure != null) {
            throw new IllegalStateException(failure);
        }
        return inserted;
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
        try {
            thread.join(TimeUnit.SECONDS.toMillis(30));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}

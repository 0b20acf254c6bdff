package com.agenticverz.nova.cli.bench;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a bench has opened, to be closed in reverse, once: at its end, when it fails, and on SIGTERM and SIGINT, whichever
 * comes first.
 */
final class Closing implements AutoCloseable {

    private final Deque<Runnable> opened = new ArrayDeque<>();
    private boolean closed;
    private volatile boolean stopped;

    private Closing() {}

    /** Nothing yet; from now on a signal closes what there is. */
    static Closing onSignal() {
        var closing = new Closing();
        Runtime.getRuntime().addShutdownHook(new Thread(closing::stop, "stop-bench"));
        return closing;
    }

    /**
     * Opens one thing more. A signal that comes meanwhile waits until it is open, so that it is closed too.
     *
     * @throws IllegalStateException when all has been closed already
     */
    synchronized <T> T open(Supplier<T> open, Consumer<T> close) {
        if (closed) {
            throw new IllegalStateException("the bench is closed");
        }
        var it = open.get();
        opened.push(() -> close.accept(it));
        return it;
    }

    /** Whether a signal has closed it, under the feet of whoever still works with what was open. */
    boolean isStopped() {
        return stopped;
    }

    private void stop() {
        synchronized (this) {
            stopped = !closed;
        }
        try {
            close();
        } catch (RuntimeException e) {
            System.err.println("nova: " + e.getMessage());
        }
    }

    /** Closes all; throws the first failure when nothing is left open. */
    @Override
    public synchronized void close() {
        closed = true;
        @Nullable RuntimeException first = null;
        while (!opened.isEmpty()) {
            try {
                opened.pop().run();
            } catch (RuntimeException e) {
                first = first == null ? e : first;
            }
        }
        if (first != null) {
            throw first;
        }
    }
}

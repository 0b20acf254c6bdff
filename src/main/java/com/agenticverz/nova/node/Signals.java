package com.agenticverz.nova.node;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * SIGTERM and SIGINT: the first drains, the second stops at once.
 *
 * <p>By reflection on {@code sun.misc.Signal}, the only way the JDK has: the hook of the JVM cannot tell a second signal,
 * and ends every drain with exit code 143.
 */
final class Signals {

    /** What a shell and a wrapper both pass on within a moment is one signal: Ctrl-C reaches a whole process group. */
    private static final Duration SAME_SIGNAL = Duration.ofMillis(300);

    /** A wrapper that was interrupted ends first, and sends SIGTERM after the SIGINT when it does: Maven does so. */
    private static final Duration OTHER_SIGNAL = Duration.ofSeconds(5);

    private static final int STOPPED_AT_ONCE = 143;
    private static final long NONE_YET = Long.MIN_VALUE;

    private Signals() {}

    /**
     * Handles both from now on.
     *
     * @param drain called once, on a thread of its own, with the name of the signal
     * @param beforeHalt called on a second signal
     */
    static void handle(Consumer<String> drain, Runnable beforeHalt, LongSupplier nanoTime) {
        var firstNanos = new AtomicLong(NONE_YET);
        var first = new AtomicReference<String>();
        for (var name : new String[] {"TERM", "INT"}) {
            on(name, () -> {
                long now = nanoTime.getAsLong();
                if (firstNanos.compareAndSet(NONE_YET, now)) {
                    first.set(name);
                    Thread.ofPlatform().name("drain").start(() -> drain.accept("SIG" + name));
                } else if (now - firstNanos.get() > (name.equals(first.get()) ? SAME_SIGNAL : OTHER_SIGNAL).toNanos()) {
                    try {
                        beforeHalt.run();
                    } finally {
                        Runtime.getRuntime().halt(STOPPED_AT_ONCE);
                    }
                }
            });
        }
    }

    private static void on(String name, Runnable action) {
        try {
            var signal = Class.forName("sun.misc.Signal");
            var handler = Class.forName("sun.misc.SignalHandler");
            InvocationHandler invoke = (_, method, _) -> {
                if (method.getName().equals("handle")) {
                    action.run();
                }
                return null;
            };
            signal.getMethod("handle", signal, handler)
                    .invoke(
                            null,
                            signal.getConstructor(String.class).newInstance(name),
                            Proxy.newProxyInstance(handler.getClassLoader(), new Class<?>[] {handler}, invoke));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this JVM does not let a program handle SIG" + name, e);
        }
    }
}

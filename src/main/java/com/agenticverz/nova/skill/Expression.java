package com.agenticverz.nova.skill;

import com.dashjoin.jsonata.Functions;
import com.dashjoin.jsonata.JException;
import com.dashjoin.jsonata.Jsonata;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An expression in JSONata: from a JSON value to another one. It sees nothing but its input, and what it takes is bounded:
 * time, depth, and the size of each value.
 *
 * <p>Each evaluation has a thread of the process to itself, and the caller waits for it as long as the bound allows. About
 * as many as there are cores are evaluated at the same time, so that the bound is one for the expression and not for what
 * else there is to do; the others wait for their turn before their time begins. The
 * thread is interrupted then, which it notices between two steps of the expression; a step that does not end, such as a
 * regular expression that backtracks for ever, is left behind there, where it holds no carrier of virtual threads.
 *
 * <p>The library keeps the expression that a thread compiled last in a {@code ThreadLocal} and takes the time and more from
 * it, so that each evaluation compiles its own: nothing of it is shared, and nothing of it matters to the thread of a run.
 */
public final class Expression {

    static final Duration LONGEST = Duration.ofSeconds(1);
    static final int DEEPEST = 100;

    static final int MOST_EXPRESSION_CHARS = 10_000;

    /** In a text on the way. */
    static final int MOST_CHARS = 8_000_000;

    /** The library takes the square of the time for it. */
    private static final int MOST_PADDED_CHARS = 10_000;

    /** In an array on the way, and in the value in all. */
    static final int MOST_VALUES = 1_000_000;

    private static final int MOST_SHOWN_CHARS = 200;

    /** The names under which the library looks for what is called back: who binds them is out of bounds. */
    private static final String CALLBACKS = "__evaluate_";

    private static final ExecutorService THREADS = Executors.newCachedThreadPool(
            Thread.ofPlatform().name("expression-", 0).daemon(true).factory());

    private static final Semaphore TURNS =
            new Semaphore(Math.max(2, Runtime.getRuntime().availableProcessors()), true);

    /**
     * What an expression comes to.
     *
     * @param exists false: it refers to nothing, as the name of a member that is not there does
     * @param json null when it does not exist, or is null
     */
    public record Value(boolean exists, @Nullable Object json) {

        private static final Value NOTHING = new Value(false, null);
    }

    private final String text;
    private final String shown;

    private Expression(String text, String shown) {
        this.text = text;
        this.shown = shown;
        check(text, shown);
    }

    /**
     * Reads it.
     *
     * @throws IllegalArgumentException when it is not one; the message begins with the expression and says why
     */
    public static Expression of(String text) {
        return new Expression(text, shortened(text));
    }

    /** The same for one that stands between <code>${</code> and <code>}</code>. */
    static Expression inTemplate(String text) {
        return new Expression(text, "${" + shortened(text) + "}");
    }

    private static void check(String text, String shown) {
        if (text.strip().startsWith("secret:") || SecretText.isReferredToIn(text)) {
            throw new IllegalArgumentException(
                    shown + " has a secret in an expression; allowed: in a text, as \"Bearer ${secret:NAME}\"");
        }
        if (text.length() > MOST_EXPRESSION_CHARS) {
            throw new IllegalArgumentException(
                    shown + " has " + text.length() + " characters; allowed: at most " + MOST_EXPRESSION_CHARS);
        }
        if (text.contains(CALLBACKS)) {
            throw new IllegalArgumentException(shown + " has a name with " + CALLBACKS + ", which is not allowed");
        }
        try {
            Jsonata.jsonata(text);
        } catch (JException e) {
            throw new IllegalArgumentException(shown + " is not JSONata: " + reason(e), e);
        } catch (StackOverflowError e) {
            throw new IllegalArgumentException(shown + " is nested too deeply", e);
        } catch (RuntimeException e) {
            // The parser trips over some of what it should refuse.
            throw new IllegalArgumentException(shown + " is not JSONata: " + reason(e), e);
        }
    }

    /**
     * Evaluates it.
     *
     * @param input a JSON value, or one with {@link ExpressionInput}s in it; it is not changed
     * @throws SkillFailure when it fails, or what it takes is out of bounds; permanent, for it would do so again
     */
    public Value evaluate(@Nullable Object input) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException("before " + shown);
        }
        var evaluation = new FutureTask<>(() -> value(input));
        TURNS.acquire();
        try {
            THREADS.execute(evaluation);
            return evaluation.get(LONGEST.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw failure("took longer than " + LONGEST.toSeconds() + " s");
        } catch (ExecutionException e) {
            throw failed(e);
        } finally {
            evaluation.cancel(true);
            // Also of one that does not end: it must not take the turns of the others.
            TURNS.release();
        }
    }

    /**
     * What it refers to.
     *
     * @throws SkillFailure as {@link #evaluate} does, and when it refers to nothing
     */
    @Nullable
    Object required(Map<String, @Nullable Object> input) throws InterruptedException {
        var value = evaluate(input);
        if (!value.exists()) {
            throw failure("refers to nothing");
        }
        return value.json();
    }

    /**
     * Whether it is true.
     *
     * @throws SkillFailure as {@link #evaluate} does, and when it is neither true nor false
     */
    boolean isTrue(Map<String, @Nullable Object> input) throws InterruptedException {
        var value = required(input);
        if (value instanceof Boolean isTrue) {
            return isTrue;
        }
        throw failure("is " + shown(value) + "; allowed: true, false");
    }

    /**
     * The array that it is.
     *
     * @throws SkillFailure as {@link #evaluate} does, and when it is no array, or one of more than so many items
     */
    List<@Nullable Object> array(Map<String, @Nullable Object> input, int mostItems) throws InterruptedException {
        var value = required(input);
        if (!(value instanceof List<?> array)) {
            throw failure("is " + shown(value) + "; allowed: an array, which [" + shown + "] is in any case");
        }
        if (array.size() > mostItems) {
            throw failure("has " + array.size() + " items; allowed: at most " + mostItems);
        }
        return Collections.unmodifiableList(array);
    }

    private Value value(@Nullable Object input) {
        var compiled = Jsonata.jsonata(text);
        // So that null and nothing differ. It also leaves out a walk through the result that nothing bounds.
        compiled.setOutputConvertNulls(false);
        // JSON is all that comes here.
        compiled.setValidateInput(false);
        var bounds = new Bounds();
        var frame = compiled.createFrame();
        bounds.set(frame);
        functions().forEach(frame::bind);
        var converted = ExpressionInput.of(input);
        var result = compiled.evaluate(converted.value(), frame);
        bounds.check();
        return result == null ? Value.NOTHING : new Value(true, new Output(converted).of(result));
    }

    /** Looked at before and after each part of the expression. The library's own lose count in arrays. */
    private final class Bounds {

        private int depth;

        /** Kept, because there are functions of the library that go on all the same. */
        private @Nullable SkillFailure exceeded;

        void set(Jsonata.Frame frame) {
            frame.setEvaluateEntryCallback((_, _, _) -> {
                check();
                if (Thread.interrupted()) {
                    exceeded = failure("was stopped");
                } else if (++depth > DEEPEST) {
                    exceeded = wentTooDeep();
                }
                check();
            });
            frame.setEvaluateExitCallback((_, _, _, result) -> {
                depth--;
                if (result instanceof String text && text.length() > MOST_CHARS) {
                    exceeded = tooLong();
                } else if (result instanceof Collection<?> array && array.size() > MOST_VALUES) {
                    exceeded = failure("makes an array of more than " + MOST_VALUES + " values");
                }
                check();
            });
        }

        void check() {
            if (exceeded != null) {
                throw exceeded;
            }
        }
    }

    // --- functions in the place of the library's own

    private Map<String, Jsonata.JFunction> functions() {
        return Map.of(
                // What is made of data is not executed; besides, a name with CALLBACKS could be made of its parts.
                "eval",
                        new Guarded("eval", "<sx?:x>", "functionEval", _ -> {
                            throw failure("calls $eval, which is not to be had");
                        }),
                // These make something large of something small in one step.
                "pad",
                        new Guarded("pad", "<s-ns?:s>", "pad", arguments -> {
                            if (arguments.get(1) instanceof Number width
                                    && Math.abs(width.doubleValue()) > MOST_PADDED_CHARS) {
                                throw failure("pads to more than " + MOST_PADDED_CHARS + " characters");
                            }
                        }),
                "replace",
                        new Guarded("replace", "<s-(sf)(sf)n?:s>", "replace", arguments -> {
                            if (arguments.get(0) instanceof String text
                                    && arguments.get(2) instanceof String replacement
                                    && (long) text.length() * replacement.length() > 10L * MOST_CHARS) {
                                throw tooLong();
                            }
                        }),
                "join",
                        new Guarded("join", "<a<s>s?:s>", "join", arguments -> {
                            long separators = arguments.get(0) instanceof List<?> texts
                                            && arguments.size() > 1
                                            && arguments.get(1) instanceof String separator
                                    ? (long) texts.size() * separator.length()
                                    : 0;
                            if (size(arguments.get(0), separators) > MOST_CHARS) {
                                throw tooLong();
                            }
                        }),
                "string",
                        new Guarded("string", "<x-b?:s>", "string", arguments -> {
                            if (size(arguments.get(0), 0) > MOST_CHARS) {
                                throw tooLong();
                            }
                        }),
                "sort", new Sort());
    }

    /** A function of the library that is called if its arguments are fine. */
    private static class Guarded extends Jsonata.JFunction {

        private final Consumer<List<?>> guard;

        Guarded(String name, String signature, String method, Consumer<List<?>> guard) {
            super(name, signature, Functions.class, null, method);
            this.guard = guard;
        }

        @Override
        @SuppressWarnings("rawtypes")
        public @Nullable Object call(@Nullable Object input, List arguments) {
            guard.accept(arguments);
            return super.call(input, arguments);
        }
    }

    /** The library's own compares numbers of one class only. */
    private final class Sort extends Guarded {

        Sort() {
            super("sort", "<af?:a>", "sort", _ -> {});
        }

        @Override
        @SuppressWarnings("rawtypes")
        public @Nullable Object call(@Nullable Object input, List arguments) {
            return arguments.size() > 1 && arguments.get(1) != null
                    ? super.call(input, arguments)
                    : super.call(input, Arrays.asList(arguments.get(0), (Comparator<Object>) this::compare));
        }

        private int compare(Object a, Object b) {
            if (a instanceof Number one && b instanceof Number other) {
                return Double.compare(one.doubleValue(), other.doubleValue());
            }
            if (a instanceof String one && b instanceof String other) {
                return one.compareTo(other);
            }
            throw failure("sorts what is neither all numbers nor all text");
        }
    }

    /** About how many characters it has as text, from so many on. It ends soon after there are too many. */
    private static long size(@Nullable Object value, long from) {
        long size = from + 1;
        switch (value) {
            case String text -> size += text.length();
            case Map<?, ?> object -> {
                for (var member : object.entrySet()) {
                    size = size(member.getValue(), size(member.getKey(), size));
                    if (size > MOST_CHARS) {
                        return size;
                    }
                }
            }
            case Collection<?> array -> {
                for (var element : array) {
                    size = size(element, size);
                    if (size > MOST_CHARS) {
                        return size;
                    }
                }
            }
            case null, default -> {}
        }
        return size;
    }

    // --- the library's values to JSON

    /**
     * The library's values as the JDK's own, in no part shared with the input.
     *
     * <p>A number that was only handed on is what it was, to the last digit.
     */
    private final class Output {

        private final ExpressionInput input;
        private int values;

        Output(ExpressionInput input) {
            this.input = input;
        }

        @Nullable
        Object of(@Nullable Object value) {
            if (++values > MOST_VALUES) {
                throw failure("yields more than " + MOST_VALUES + " values");
            }
            return switch (value) {
                case String _, Boolean _, Integer _, Long _ -> value;
                case Double number -> number(number);
                case Map<?, ?> object -> {
                    var copy = new LinkedHashMap<String, @Nullable Object>();
                    object.forEach((name, member) -> copy.put(String.valueOf(name), of(member)));
                    yield copy;
                }
                case Collection<?> array -> {
                    var copy = new ArrayList<@Nullable Object>(array.size());
                    array.forEach(element -> copy.add(of(element)));
                    yield copy;
                }
                case null -> null;
                default -> {
                    if (value == Jsonata.NULL_VALUE) {
                        yield null;
                    }
                    throw failure("yields a function, which has no JSON form");
                }
            };
        }

        private Number number(Double number) {
            var handedOn = input.exactly(number);
            if (handedOn != null) {
                return handedOn;
            }
            if (Double.isFinite(number)) {
                return number;
            }
            throw failure("yields " + number + ", which has no JSON form");
        }
    }

    private SkillFailure failed(ExecutionException e) {
        Throwable last = e;
        for (var cause = e.getCause(); cause != null; cause = cause.getCause()) {
            switch (cause) {
                // Of the bounds, perhaps wrapped by a function of the library.
                case SkillFailure failure -> {
                    return failure;
                }
                case StackOverflowError _ -> {
                    // By functions that call each other without a part of the expression between them.
                    return wentTooDeep();
                }
                case Error error -> throw error;
                default -> last = cause;
            }
        }
        return failure("failed: " + reason(last));
    }

    private static String reason(Throwable e) {
        if (!(e instanceof JException failure)) {
            return oneLine(e.toString());
        }
        return oneLine(failure.getMessage())
                + (failure.getLocation() > 0 ? " (before character " + (failure.getLocation() + 1) + ")" : "");
    }

    private SkillFailure tooLong() {
        return failure("makes a text of more than " + MOST_CHARS + " characters");
    }

    private SkillFailure wentTooDeep() {
        return failure("went deeper than " + DEEPEST + " levels");
    }

    private SkillFailure failure(String what) {
        return SkillFailure.permanent(shown + " " + what);
    }

    /** A value, for a message. */
    static String shown(@Nullable Object value) {
        return shortened(Json.write(value));
    }

    private static String shortened(String text) {
        var line = oneLine(text.strip());
        return line.length() <= MOST_SHOWN_CHARS ? line : line.substring(0, MOST_SHOWN_CHARS) + "…";
    }

    private static String oneLine(String text) {
        return text.replaceAll("\\s*\\R\\s*", " ");
    }
}

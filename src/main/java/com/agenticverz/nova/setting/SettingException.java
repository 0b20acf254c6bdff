package com.agenticverz.nova.setting;

import java.io.Serial;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Nova cannot start, because of its settings. The message has one line for each bad one and needs no stack trace. */
public final class SettingException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1;

    private final transient List<Problem> problems;

    /**
     * What is wrong with one setting.
     *
     * @param setting its name: the key, or the variable or flag that the value came from
     * @param value the value as it was given; null: there is none, or it is a secret
     * @param fault what is wrong and what is allowed, without a full stop
     */
    public record Problem(String setting, @Nullable String value, String fault) {

        private static final int LONGEST_VALUE = 80;

        /** The problem for people: one line, whatever the value is. */
        public String line() {
            return text() + ". Nova did not start.";
        }

        /** The problem alone, without a full stop: for who wants to know and not to start. */
        public String text() {
            return (value == null ? setting : setting + ": '" + printable(value) + "'") + " " + fault;
        }

        private static String printable(String value) {
            String oneLine = value.replaceAll("\\p{Cntrl}", "?");
            return oneLine.length() <= LONGEST_VALUE ? oneLine : oneLine.substring(0, LONGEST_VALUE) + "…";
        }
    }

    /**
     * One bad setting.
     *
     * @param setting its key
     * @param value the value as it was given; null: there is none, or it is a secret
     * @param fault what is wrong and what is allowed, without a full stop
     */
    public SettingException(String setting, @Nullable String value, String fault) {
        this(List.of(new Problem(setting, value, fault)));
    }

    /** All bad settings at once, in the order in which they are to be reported. */
    public SettingException(List<Problem> problems) {
        super(problems.stream().map(Problem::line).collect(Collectors.joining("\n")));
        this.problems = List.copyOf(problems);
    }

    /** What is wrong, setting by setting. */
    public List<Problem> problems() {
        return problems;
    }

    /** The same problems under the names that {@code rename} gives to their settings. */
    public SettingException renamed(UnaryOperator<String> rename) {
        return new SettingException(problems.stream()
                .map(problem -> new Problem(rename.apply(problem.setting()), problem.value(), problem.fault()))
                .toList());
    }
}

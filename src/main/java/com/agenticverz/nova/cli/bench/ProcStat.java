package com.agenticverz.nova.cli.bench;

import java.util.Optional;

/**
 * A process, as {@code /proc/PID/stat} describes it on Linux.
 *
 * @param program the name of its program, at most 15 characters
 * @param parent the process that started it
 * @param ownTicks CPU that it has used itself
 * @param reapedTicks CPU that its children used that have ended
 */
record ProcStat(String program, long parent, long ownTicks, long reapedTicks) {

    /** What counts CPU there: a hundredth of a second on every architecture that Java runs on. */
    static final long MICROS_PER_TICK = 10_000;

    /** Where they stand behind the name of the program, which may itself hold blanks and brackets. */
    private static final int PARENT = 1;

    private static final int USER_TICKS = 11;
    private static final int SYSTEM_TICKS = 12;
    private static final int REAPED_USER_TICKS = 13;
    private static final int REAPED_SYSTEM_TICKS = 14;

    /** Empty where it is no such line. */
    static Optional<ProcStat> parse(String line) {
        int open = line.indexOf('(');
        int close = line.lastIndexOf(')');
        if (open < 0 || close < open) {
            return Optional.empty();
        }
        var fields = line.substring(close + 1).strip().split(" ");
        try {
            return Optional.of(new ProcStat(
                    line.substring(open + 1, close),
                    Long.parseLong(fields[PARENT]),
                    Long.parseLong(fields[USER_TICKS]) + Long.parseLong(fields[SYSTEM_TICKS]),
                    Long.parseLong(fields[REAPED_USER_TICKS]) + Long.parseLong(fields[REAPED_SYSTEM_TICKS])));
        } catch (NumberFormatException | IndexOutOfBoundsException e) {
            return Optional.empty();
        }
    }
}

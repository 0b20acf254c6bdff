package com.agenticverz.nova.bench.driver;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** What Linux says of processes in {@code /proc}; nothing anywhere else. */
final class Processes {

    /** Ticks a second in {@code /proc}: USER_HZ, which is 100 on every architecture that matters. */
    private static final double TICKS_PER_SECOND = 100;

    private static final Path PROC = Path.of("/proc");

    private Processes() {}

    /**
     * A line of {@code /proc/PID/stat}. The name may hold blanks and parentheses, so the numbers are those after the
     * last parenthesis.
     */
    private record Stat(String name, String[] numbers) {

        static Optional<Stat> of(String pid) {
            try {
                var text = Files.readString(PROC.resolve(pid).resolve("stat"));
                int open = text.indexOf('(');
                int close = text.lastIndexOf(')');
                return Optional.of(new Stat(
                        text.substring(open + 1, close),
                        text.substring(close + 2).split(" ")));
            } catch (IOException e) {
                return Optional.empty(); // it has ended, or this is no Linux
            }
        }

        long parent() {
            return Long.parseLong(numbers[1]);
        }

        /** Of all its threads. */
        long ticks() {
            return Long.parseLong(numbers[11]) + Long.parseLong(numbers[12]);
        }

        /** Of its children that have ended. */
        long ticksOfChildren() {
            return Long.parseLong(numbers[13]) + Long.parseLong(numbers[14]);
        }
    }

    /** The CPU that a process has used. */
    static OptionalDouble cpuSeconds(long pid) {
        return Stat.of(Long.toString(pid))
                .map(stat -> OptionalDouble.of(stat.ticks() / TICKS_PER_SECOND))
                .orElseGet(OptionalDouble::empty);
    }

    /** The CPU that a process, its children, and its children that have ended have used. */
    static OptionalDouble cpuSecondsOfFamily(long parent) {
        var head = Stat.of(Long.toString(parent));
        if (head.isEmpty()) {
            return OptionalDouble.empty();
        }
        long ticks = head.get().ticks() + head.get().ticksOfChildren();
        try (var entries = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (var entry : entries) {
                ticks += Stat.of(entry.getFileName().toString())
                        .filter(stat -> stat.parent() == parent)
                        .map(Stat::ticks)
                        .orElse(0L);
            }
        } catch (IOException e) {
            return OptionalDouble.empty();
        }
        return OptionalDouble.of(ticks / TICKS_PER_SECOND);
    }

    /** The parent of a process, if the process is there and has this name. */
    static OptionalLong parent(long pid, String name) {
        return Stat.of(Long.toString(pid))
                .filter(stat -> stat.name().equals(name))
                .map(stat -> OptionalLong.of(stat.parent()))
                .orElseGet(OptionalLong::empty);
    }

    /** What a process has in memory. */
    static OptionalDouble residentMegabytes(long pid) {
        return kilobytes(PROC.resolve(Long.toString(pid)).resolve("status"), "VmRSS:");
    }

    /** What this machine has. */
    static OptionalDouble memoryMegabytes() {
        return kilobytes(PROC.resolve("meminfo"), "MemTotal:");
    }

    private static OptionalDouble kilobytes(Path file, String field) {
        try {
            var line = Files.readAllLines(file).stream()
                    .filter(it -> it.startsWith(field))
                    .findFirst()
                    .orElse(null);
            return parsed(line);
        } catch (IOException e) {
            return OptionalDouble.empty();
        }
    }

    private static OptionalDouble parsed(@Nullable String line) {
        return line == null
                ? OptionalDouble.empty()
                : OptionalDouble.of(Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024.0);
    }
}

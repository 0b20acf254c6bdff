package com.agenticverz.nova.scenario;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/** What the tests of the cluster have measured: a line each, in a file that the gate shows at its end. */
final class ClusterReport {

    private static final Path FILE = Path.of("target", "cluster-report.txt");

    private ClusterReport() {}

    /** Adds a line. */
    static synchronized void add(String what, Object value) {
        Scenario.measured(what, value);
        try {
            Files.writeString(FILE, what + ": " + value + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A time, for people. */
    static String seconds(Duration time) {
        return String.format(Locale.ROOT, "%.1f s", time.toMillis() / 1000.0);
    }

    /** Median and worst of some times, and all of them. */
    static String summary(Collection<Duration> times) {
        return "median " + seconds(median(times)) + ", worst "
                + seconds(sorted(times).getLast()) + " of "
                + sorted(times).stream().map(ClusterReport::seconds).toList();
    }

    /** The one in the middle; of an even number the longer. */
    static Duration median(Collection<Duration> times) {
        return sorted(times).get(times.size() / 2);
    }

    private static List<Duration> sorted(Collection<Duration> times) {
        return times.stream().sorted().toList();
    }
}

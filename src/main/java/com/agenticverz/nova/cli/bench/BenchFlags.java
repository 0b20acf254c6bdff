package com.agenticverz.nova.cli.bench;

import com.agenticverz.nova.cli.DatabaseFlags;
import com.agenticverz.nova.setting.Setting;
import com.agenticverz.nova.setting.SettingException;
import com.agenticverz.nova.telemetry.Logging;
import java.io.PrintWriter;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The flags of every figure, and how every figure is taken. */
final class BenchFlags {

    private static final String DATABASE_URL_FLAG = "--database-url";

    /** SIGTERM, as a shell says it. Nobody sees it: the JVM ends with the code of the signal. */
    private static final int STOPPED = 143;

    @Option(names = "--json", description = "One JSON object a figure, on one line, instead of text for people.")
    private boolean json;

    @Option(
            names = "--embedded",
            description =
                    "On a PostgreSQL 18 of its own, in a temporary folder that is removed at the end. It flushes to"
                            + " disk as in production; shared_buffers is 1GB, max_wal_size 8GB.")
    private boolean embedded;

    @Mixin
    private DatabaseFlags database = new DatabaseFlags();

    /** How one figure is taken. */
    interface Figure {

        /** Takes it and reports it. */
        void take(Bench bench, Report report) throws InterruptedException;
    }

    /**
     * Takes a figure.
     *
     * @param given flags of the node under test, by their names
     * @return the exit code
     */
    int take(PrintWriter out, Map<String, String> given, Figure figure) throws InterruptedException {
        Logging.quiet();
        if (embedded && database.given().containsKey(DATABASE_URL_FLAG)) {
            throw new SettingException("--embedded", null, "and " + DATABASE_URL_FLAG + " exclude each other");
        }
        var report = new Report(out, json);
        try (var closing = Closing.onSignal()) {
            try {
                figure.take(Bench.open(closing, embedded ? null : database, given, report), report);
                return 0;
            } catch (RuntimeException e) {
                if (closing.isStopped()) {
                    return STOPPED;
                }
                throw e;
            }
        }
    }

    /**
     * The number of a flag.
     *
     * @param text as it was given; null: it was not
     */
    static int number(String flag, @Nullable String text, int otherwise, int least, int most) {
        return text == null ? otherwise : new Setting.WholeNumber(flag, least, most).parse(text);
    }

    /** A number of runs. */
    static int runs(String flag, @Nullable String text, int otherwise) {
        return number(flag, text, otherwise, 1, 100_000_000);
    }
}

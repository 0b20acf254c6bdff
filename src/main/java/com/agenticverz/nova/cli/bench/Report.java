package com.agenticverz.nova.cli.bench;

import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.store.BenchStore.ServerSettings;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a bench says: a JSON object a figure, or text for people, who also hear how it gets on. */
final class Report {

    private static final String NOTE =
            "  CPU and WAL include whatever else this process and the server did at the time.";

    /**
     * What a figure depends on.
     *
     * @param concurrency null: it has no node
     * @param batchSize most runs that one statement claims or enqueues
     * @param logSampleEvery null: it has no node
     */
    record Setup(
            ServerSettings server,
            int cores,
            @Nullable Integer concurrency,
            int batchSize,
            @Nullable Integer logSampleEvery) {

        Map<String, @Nullable Object> json() {
            var json = new LinkedHashMap<String, @Nullable Object>();
            json.put("postgres_version", server.postgresVersion());
            json.put("fsync", server.fsync());
            json.put("synchronous_commit", server.synchronousCommit());
            json.put("shared_buffers", server.sharedBuffers());
            json.put("max_wal_size", server.maxWalSize());
            json.put("cores", cores);
            json.put("concurrency", concurrency);
            json.put("batch_size", batchSize);
            json.put("log_sample_every", logSampleEvery);
            return json;
        }

        String text() {
            return "  PostgreSQL " + server.postgresVersion() + ", fsync " + server.fsync() + ", synchronous_commit "
                    + server.synchronousCommit() + ", shared_buffers " + server.sharedBuffers() + ", max_wal_size "
                    + server.maxWalSize() + "; cores of this host " + cores
                    + (concurrency == null ? "" : ", concurrency " + concurrency) + ", batch size " + batchSize
                    + (logSampleEvery == null ? "" : ", one run of " + logSampleEvery + " logged");
        }
    }

    private final PrintWriter out;
    private final boolean json;

    Report(PrintWriter out, boolean json) {
        this.out = out;
        this.json = json;
    }

    /** How it gets on; nothing for a program. */
    void progress(String format, @Nullable Object... values) {
        if (!json) {
            out.println("  … " + String.format(Locale.ROOT, format, values));
            out.flush();
        }
    }

    /**
     * A figure.
     *
     * @param parts what a program reads, by name
     * @param text the same for people
     */
    void figure(String name, String unit, Map<String, @Nullable Object> parts, List<String> text, Setup setup) {
        if (json) {
            var whole = new LinkedHashMap<String, @Nullable Object>();
            whole.put("figure", name);
            whole.put("unit", unit);
            whole.putAll(parts);
            whole.put("settings", setup.json());
            out.println(Json.write(whole));
        } else {
            out.println(name);
            text.forEach(out::println);
            out.println(NOTE);
            out.println(setup.text());
        }
        out.flush();
    }
}

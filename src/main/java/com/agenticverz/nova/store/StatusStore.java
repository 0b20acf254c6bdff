package com.agenticverz.nova.store;

import com.agenticverz.nova.run.RunStatus;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;

/** What {@code status} shows. All methods block. */
public final class StatusStore {

    /**
     * The cluster at a glance.
     *
     * @param oldestQueuedAt when the oldest queued run was created; null: none is queued
     * @param poller the node that polls; null: none
     * @param epoch of the poller's lease; null: nobody has polled yet
     */
    public record Overview(
            @Nullable OffsetDateTime oldestQueuedAt,
            @Nullable String poller,
            @Nullable Long epoch) {}

    /**
     * A node.
     *
     * @param joined whether it is a member of the cluster
     * @param silent the time since its last heartbeat
     * @param concurrency runs that it executes in parallel now
     * @param draining whether it takes no new runs now
     * @param running runs that it has marked as running
     * @param wanted what people want of it
     * @param skills its skills, each with its version; null: a node of an older version, which does not say
     */
    public record Node(
            UUID id,
            String address,
            String appVersion,
            int concurrency,
            boolean joined,
            boolean draining,
            OffsetDateTime startedAt,
            Duration silent,
            int running,
            NodeControl wanted,
            @Nullable SortedMap<String, String> skills) {

        /** By the names that JSON has for them. */
        public Map<String, @Nullable Object> fields() {
            var fields = new LinkedHashMap<String, @Nullable Object>();
            fields.put("id", id.toString());
            fields.put("address", address);
            fields.put("version", appVersion);
            fields.put("concurrency", concurrency);
            fields.put("wanted_concurrency", wanted.concurrency());
            fields.put("running", running);
            fields.put("joined", joined);
            fields.put("draining", draining);
            fields.put("wanted_draining", wanted.draining());
            fields.put("started_at", startedAt.toString());
            fields.put("silent_seconds", silent.toMillis() / 1e3);
            fields.put("skills", skills);
            return fields;
        }
    }

    /**
     * A run as {@code dev} lists it.
     *
     * @param maxAttempts null: {@code RUN_MAX_ATTEMPTS}
     * @param startedAt the start of the last attempt; null: none has begun, or none that is known yet
     * @param resultJson null: none
     * @param errorMessage null: none
     */
    public record RunLine(
            UUID id,
            RunStatus status,
            int attempts,
            @Nullable Integer maxAttempts,
            @Nullable OffsetDateTime startedAt,
            @Nullable Double durationMs,
            @Nullable String resultJson,
            @Nullable String errorMessage) {}

    private final Jdbi jdbi;

    StatusStore(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    /** Runs by status; a status without runs counts 0. Reads the whole table. */
    public Map<RunStatus, Long> counts() {
        return jdbi.withHandle(handle -> {
            var counts = new EnumMap<RunStatus, Long>(RunStatus.class);
            for (var status : RunStatus.values()) {
                counts.put(status, 0L);
            }
            handle.createQuery(Sql.named("status_counts"))
                    .map((row, _) -> counts.put(RunStatus.ofColumn(row.getString("status")), row.getLong("runs")))
                    .list();
            return counts;
        });
    }

    /** The cluster at a glance. */
    public Overview overview() {
        return jdbi.withHandle(handle -> handle.createQuery(Sql.named("status_overview"))
                .map((row, _) -> new Overview(
                        row.getObject("oldest_queued_at", OffsetDateTime.class),
                        row.getString("poller"),
                        row.getObject("epoch", Long.class)))
                .one());
    }

    /** These runs, in no order; a deleted one is missing. */
    public List<RunLine> runs(Collection<UUID> ids) {
        return jdbi.withHandle(handle -> handle.createQuery(Sql.named("status_runs"))
                .bindArray("ids", UUID.class, List.copyOf(ids))
                .map((row, _) -> new RunLine(
                        row.getObject("id", UUID.class),
                        RunStatus.ofColumn(row.getString("status")),
                        row.getInt("attempts"),
                        row.getObject("max_attempts", Integer.class),
                        row.getObject("started_at", OffsetDateTime.class),
                        row.getObject("duration_ms", Double.class),
                        row.getString("result"),
                        row.getString("error_message")))
                .list());
    }

    /** The nodes, oldest first. */
    public List<Node> nodes() {
        return jdbi.withHandle(handle -> handle.createQuery(Sql.named("status_nodes"))
                .map((row, _) -> new Node(
                        row.getObject("id", UUID.class),
                        row.getString("address"),
                        row.getString("app_version"),
                        row.getInt("concurrency"),
                        row.getBoolean("joined"),
                        row.getBoolean("draining"),
                        row.getObject("started_at", OffsetDateTime.class),
                        Duration.ofMillis(row.getLong("silent_ms")),
                        row.getInt("running"),
                        new NodeControl(row.getObject("wanted_concurrency", Integer.class), row.getBoolean("drained")),
                        skills(row)))
                .list());
    }

    private static @Nullable SortedMap<String, String> skills(ResultSet row) throws SQLException {
        var names = row.getArray("skills");
        if (names == null) {
            return null;
        }
        var versions = (String[]) row.getArray("skill_versions").getArray();
        var skills = new TreeMap<String, String>();
        for (var name : (String[]) names.getArray()) {
            skills.put(name, versions[skills.size()]);
        }
        return skills;
    }
}

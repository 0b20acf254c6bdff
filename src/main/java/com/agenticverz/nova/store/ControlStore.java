package com.agenticverz.nova.store;

import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;

/**
 * How people steer the cluster while it runs, and see what steers it. Rows are JSON objects by the names of their columns.
 * What is changed takes effect as soon as it is committed: the tables tell the poller. All methods block.
 */
public final class ControlStore {

    /** What a row of {@code limits} says, beside what it holds for. */
    public static final List<String> LIMIT_COLUMNS =
            List.of("max_running", "max_starts", "per_seconds", "burst", "weight");

    /**
     * A pause that was asked for.
     *
     * @param rowJson how it is now
     * @param isNew whether it was not there before
     */
    public record Paused(String rowJson, boolean isNew) {}

    /**
     * A skill that is limited or paused.
     *
     * @param table {@code limits} or {@code pauses}
     */
    public record SteeredSkill(String table, String skill) {}

    private static final int FIRST_QUEUED = 10_000;
    private static final int LONGEST_NAME_BYTES = 1000;
    private static final String CHECK_VIOLATION = "23514";

    private static final Map<String, String> RANGES = Map.of(
            "max_running", "0 or more",
            "max_starts", "1 to 1000000",
            "per_seconds", "0.001 to 31536000",
            "burst", "1 to 1000000",
            "weight", "0.001 to 1000");

    private final Jdbi jdbi;

    ControlStore(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    // --- limits

    /** All limits. */
    public List<String> limits() {
        return jdbi.withHandle(handle -> rows(handle, Sql.named("limit_rows")));
    }

    /**
     * Sets a limit.
     *
     * @param columns those of {@link #LIMIT_COLUMNS} that are set; where there is a row already, the others stay as they are
     * @return the row as it is now
     * @throws RefusedChangeException when the table does not allow it
     */
    public String setLimit(Actor actor, Limit limit, Collection<String> columns) {
        try {
            return actor.does(
                    jdbi,
                    handle -> handle.createQuery(Sql.named("set_limit"))
                            .bind("kind", column(limit.kind()))
                            .bind("pattern", limit.pattern())
                            .bind("max_running", limit.maxRunning())
                            .bind("max_starts", limit.maxStarts())
                            .bind("per_seconds", limit.perSeconds())
                            .bind("burst", limit.burst())
                            .bind("weight", limit.weight())
                            .bindArray("given", String.class, List.copyOf(columns))
                            .mapTo(String.class)
                            .one());
        } catch (JdbiException e) {
            throw CHECK_VIOLATION.equals(Database.sqlState(e)) ? new RefusedChangeException(refusal(limit, e), e) : e;
        }
    }

    private static String refusal(Limit limit, JdbiException failure) {
        return switch (constraint(failure)) {
            case "limits_pattern_length" -> "the pattern is empty or too long; allowed: 1 to 1000 bytes";
            case "limits_max_running_not_negative" -> range("max_running", limit.maxRunning());
            case "limits_max_starts_in_range" -> range("max_starts", limit.maxStarts());
            case "limits_per_seconds_in_range" -> range("per_seconds", limit.perSeconds());
            case "limits_burst_in_range" -> range("burst", limit.burst());
            case "limits_weight_in_range" -> range("weight", limit.weight());
            case "limits_starts_have_a_period" -> "max_starts and per_seconds go together: so many starts in so long";
            case "limits_burst_needs_starts" -> "burst goes with max_starts and per_seconds";
            case "limits_weight_is_of_agents" -> "weight is of agents only";
            case String other -> "the table limits does not allow it (" + other + ")";
        };
    }

    private static String range(String column, @Nullable Number value) {
        return column + ": '" + value + "' is out of range; allowed: " + RANGES.get(column);
    }

    private static String constraint(Throwable failure) {
        for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof PSQLException refused
                    && refused.getServerErrorMessage() != null
                    && refused.getServerErrorMessage().getConstraint() != null) {
                return refused.getServerErrorMessage().getConstraint();
            }
        }
        return Database.reason(failure);
    }

    /** Takes a limit away; empty: there was none. */
    public Optional<String> deleteLimit(Actor actor, Limit.Kind kind, String pattern) {
        return actor.does(
                jdbi,
                handle -> handle.createQuery(Sql.named("delete_limit"))
                        .bind("kind", column(kind))
                        .bind("pattern", pattern)
                        .mapTo(String.class)
                        .findOne());
    }

    /** The limit that holds for an agent, a skill or a key: the most specific one; empty: none does. */
    public Optional<String> limitOf(Limit.Kind kind, String name) {
        return limitsOf(List.of(kind), List.of(name)).getFirst();
    }

    /** The same for several, in their order. */
    public List<Optional<String>> limitsOf(List<Limit.Kind> kinds, List<String> names) {
        return jdbi.withHandle(handle -> handle.createQuery(Sql.named("holding_limits"))
                .bindArray(
                        "kinds",
                        String.class,
                        kinds.stream().map(ControlStore::column).toList())
                .bindArray("names", String.class, names)
                .map((row, _) -> Optional.ofNullable(row.getString("row")))
                .list());
    }

    /** The patterns of other limits that hold in the place of this one for some of the names that it fits. */
    public List<String> narrowerLimits(Limit.Kind kind, String pattern) {
        return jdbi.withHandle(handle -> handle.createQuery(Sql.named("narrower_limits"))
                .bind("kind", column(kind))
                .bind("pattern", pattern)
                .mapTo(String.class)
                .list());
    }

    private static String column(Limit.Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    // --- pauses

    /** All pauses. */
    public List<String> pauses() {
        return jdbi.withHandle(handle -> rows(handle, Sql.named("pause_rows")));
    }

    /**
     * Pauses all, an agent or a skill: nothing of it is claimed any more. What runs goes on.
     *
     * @param reason for people; null: none, or the one that was given before
     * @throws RefusedChangeException when the name is too long
     */
    public Paused pause(Actor actor, Pause pause, @Nullable String reason) {
        if (pause.name().getBytes(StandardCharsets.UTF_8).length > LONGEST_NAME_BYTES) {
            throw new RefusedChangeException("the name of the " + pause.kind().column()
                    + " is too long; allowed: at most " + LONGEST_NAME_BYTES + " bytes");
        }
        return actor.does(
                jdbi,
                handle -> handle.createQuery(Sql.named("pause"))
                        .bind("kind", pause.kind().column())
                        .bind("name", pause.name())
                        .bind("reason", reason)
                        .map((row, _) -> new Paused(row.getString("row"), row.getBoolean("is_new")))
                        .one());
    }

    /** Ends a pause; empty: there was none. */
    public Optional<String> resume(Actor actor, Pause pause) {
        return actor.does(
                jdbi,
                handle -> handle.createQuery(Sql.named("resume"))
                        .bind("kind", pause.kind().column())
                        .bind("name", pause.name())
                        .mapTo(String.class)
                        .findOne());
    }

    // --- what is to be seen

    /**
     * What queued runs wait for beside room on a node, as the poller said last: {@code reason}, {@code name}, {@code since}.
     * Of a skill that no node has also {@code runs}, how many of the first 10,000 queued runs need it, and {@code
     * runs_are_all}, whether those are all that are queued; of others the two are null.
     */
    public List<String> waits() {
        return jdbi.withHandle(handle -> handle.createQuery(Sql.named("wait_rows"))
                .bind("most", FIRST_QUEUED)
                .mapTo(String.class)
                .list());
    }

    /**
     * Who has changed what, the newest first.
     *
     * @param subject the name of a table, or a part of what names a row; null: any
     * @param since null: from the beginning
     */
    public List<String> audit(@Nullable String subject, @Nullable OffsetDateTime since, int limit) {
        return jdbi.withHandle(handle -> handle.createQuery(Sql.named("audit"))
                .bind("subject", subject)
                .bind("since", since)
                .bind("limit", limit)
                .mapTo(String.class)
                .list());
    }

    /**
     * Skills that are limited or paused by a name which no node has, where there are nodes and all of them say what they
     * have.
     */
    public List<SteeredSkill> steeredSkillsOfNobody() {
        return jdbi.withHandle(handle -> handle.createQuery(Sql.named("steered_skills_of_nobody"))
                .map((row, _) -> new SteeredSkill(row.getString("steered_by"), row.getString("skill")))
                .list());
    }

    private static List<String> rows(Handle handle, String statement) {
        return handle.createQuery(statement).mapTo(String.class).list();
    }
}

package com.agenticverz.nova.store;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;

/** Runs that are enqueued by the clock. All methods block. */
public final class ScheduleStore {

    /**
     * What a look has found.
     *
     * @param now by the clock of the database; null: nothing was found
     * @param schedules those that are due or soon will be
     */
    public record Look(@Nullable Instant now, List<DueSchedule> schedules) {}

    /**
     * A schedule that was set.
     *
     * @param created whether there was none of that name
     * @param json its row, an object by the names of its columns
     */
    public record Written(boolean created, String json) {}

    private final Jdbi jdbi;

    ScheduleStore(Jdbi jdbi) {
        this.jdbi = jdbi;
    }

    // --- the poller's

    /**
     * The schedules that are due within a time, or whose next tick is to be computed.
     *
     * @param withErrors whether with those that something was wrong with
     * @param limit at most so many
     */
    public Look due(Duration within, boolean withErrors, int limit) {
        return jdbi.withHandle(handle -> {
            var moments = new ArrayList<Instant>();
            var schedules = handle.createQuery(Sql.named("due_schedules"))
                    .bind("horizon_ms", within.toMillis())
                    .bind("with_errors", withErrors)
                    .bind("limit", limit)
                    .map((row, _) -> {
                        moments.add(row.getObject("now", OffsetDateTime.class).toInstant());
                        var next = row.getObject("next_tick_at", OffsetDateTime.class);
                        return new DueSchedule(
                                row.getString("name"),
                                row.getString("cron"),
                                row.getString("time_zone"),
                                next == null ? null : next.toInstant(),
                                row.getObject("ticks_after", OffsetDateTime.class)
                                        .toInstant(),
                                CatchUp.valueOf(row.getString("catch_up").toUpperCase(Locale.ROOT)),
                                row.getInt("jitter_seconds"),
                                row.getString("error"));
                    })
                    .list();
            return new Look(moments.isEmpty() ? null : moments.getFirst(), schedules);
        });
    }

    /** Makes one step of a schedule, if it is as it was read and the epoch is still the poller's. */
    public Ticked tick(long epoch, DueSchedule schedule, Tick tick) {
        return jdbi.withHandle(handle -> handle.createQuery(Sql.named("tick"))
                .bind("epoch", epoch)
                .bind("name", schedule.name())
                .bind("cron", schedule.cron())
                .bind("time_zone", schedule.timeZone())
                .bind("expected", moment(tick.expected()))
                .bind("tick", moment(tick.at()))
                .bind("tick_text", tick.at() == null ? null : tick.at().toString())
                .bind("due_at", moment(tick.dueAt()))
                .bind("next", moment(tick.next()))
                .map((row, _) -> new Ticked(
                        row.getBoolean("leading"),
                        row.getBoolean("moved"),
                        row.getObject("run_id", UUID.class),
                        row.getObject("cancelled_id", UUID.class)))
                .one());
    }

    private static @Nullable OffsetDateTime moment(@Nullable Instant instant) {
        return instant == null ? null : instant.atOffset(ZoneOffset.UTC);
    }

    /**
     * Says why a schedule does not tick, if it is as it was read and the epoch is still the poller's.
     *
     * @return whether that is news
     */
    public boolean sayError(long epoch, DueSchedule schedule, String error) {
        return jdbi.withHandle(handle -> handle.createUpdate(Sql.named("say_schedule_error"))
                        .bind("epoch", epoch)
                        .bind("name", schedule.name())
                        .bind("cron", schedule.cron())
                        .bind("time_zone", schedule.timeZone())
                        .bind("error", error)
                        .execute())
                > 0;
    }

    // --- people's

    /** All schedules by their names, each an object by the names of its columns. */
    public List<String> all() {
        return list(null);
    }

    /** A schedule; empty: there is none of this name. */
    public Optional<String> schedule(String name) {
        return list(name).stream().findFirst();
    }

    private List<String> list(@Nullable String name) {
        return jdbi.withHandle(handle -> handle.createQuery(Sql.named("schedules_list"))
                .bind("name", name)
                .mapTo(String.class)
                .list());
    }

    /** Makes a schedule, or makes the one of this name like that. */
    public Written set(Actor actor, NewSchedule schedule) {
        return actor.does(
                jdbi,
                handle -> handle.createQuery(Sql.named("set_schedule"))
                        .bind("name", schedule.name())
                        .bind("cron", schedule.cron())
                        .bind("time_zone", schedule.timeZone())
                        .bind("agent_id", schedule.agentId())
                        .bind("plan", schedule.plan())
                        .bind("goal", schedule.goal())
                        .bind("priority", schedule.priority())
                        .bind("max_attempts", schedule.maxAttempts())
                        .bind("timeout_seconds", schedule.timeoutSeconds())
                        .bind("concurrency_key", schedule.concurrencyKey())
                        .bind("overlap", LaneStore.column(schedule.overlap()))
                        .bind("catch_up", LaneStore.column(schedule.catchUp()))
                        .bind("jitter_seconds", schedule.jitterSeconds())
                        .bind("paused", schedule.paused())
                        .map((row, _) -> new Written(row.getBoolean("created"), row.getString("schedule")))
                        .one());
    }

    /**
     * Pauses a schedule, or lets it go on from now on.
     *
     * @return whether there is one of this name
     */
    public boolean pause(Actor actor, String name, boolean paused) {
        return actor.does(
                jdbi,
                handle -> handle.createQuery(Sql.named("pause_schedule"))
                        .bind("name", name)
                        .bind("paused", paused)
                        .mapTo(String.class)
                        .findOne()
                        .isPresent());
    }

    /**
     * Deletes a schedule. Its runs stay.
     *
     * @return whether there was one of this name
     */
    public boolean delete(Actor actor, String name) {
        return actor.does(
                jdbi,
                handle -> handle.createQuery(Sql.named("delete_schedule"))
                        .bind("name", name)
                        .mapTo(String.class)
                        .findOne()
                        .isPresent());
    }
}

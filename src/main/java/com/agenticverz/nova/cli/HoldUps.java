package com.agenticverz.nova.cli;

import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.store.ControlStore;
import com.agenticverz.nova.store.Limit;
import java.time.Clock;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What holds queued runs up beside room on a node: what is paused, and what the poller says that runs wait for.
 *
 * @param pauses rows of the table {@code pauses}
 * @param waits what runs wait for, each with the {@code limit} that holds there, where one does
 */
record HoldUps(List<Map<String, @Nullable Object>> pauses, List<Map<String, @Nullable Object>> waits) {

    static HoldUps read(ControlStore store) {
        var waits = store.waits().stream().map(HoldUps::object).toList();
        var kinds = new ArrayList<Limit.Kind>();
        var names = new ArrayList<String>();
        var bounded = new ArrayList<Map<String, @Nullable Object>>();
        for (var wait : waits) {
            kindOfLimit(wait).ifPresent(kind -> {
                kinds.add(kind);
                names.add(String.valueOf(wait.get("name")));
                bounded.add(wait);
            });
        }
        var limits = store.limitsOf(kinds, names);
        for (int i = 0; i < bounded.size(); i++) {
            bounded.get(i).put("limit", limits.get(i).map(HoldUps::object).orElse(null));
        }
        return new HoldUps(store.pauses().stream().map(HoldUps::object).toList(), waits);
    }

    /** Of a wait for a limit, what is limited. */
    private static Optional<Limit.Kind> kindOfLimit(Map<String, @Nullable Object> wait) {
        var reason = String.valueOf(wait.get("reason"));
        return List.of(Limit.Kind.values()).stream()
                .filter(kind -> reason.equals(column(kind) + "_limit") || reason.equals(column(kind) + "_rate"))
                .findFirst();
    }

    private static String column(Limit.Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    private static Map<String, @Nullable Object> object(String json) {
        var object = Json.object(Json.read(json));
        if (object == null) {
            throw new IllegalStateException("not an object: " + json);
        }
        return new LinkedHashMap<>(object);
    }

    /** For people, a line each. */
    List<String> lines(Clock clock) {
        var lines = new ArrayList<String>();
        lines.add(pauses.isEmpty() ? "paused: nothing" : "paused:");
        for (var pause : pauses) {
            var reason = pause.get("reason");
            lines.add("  " + ("all".equals(pause.get("kind")) ? "all" : pause.get("kind") + " " + pause.get("name"))
                    + age(clock, pause.get("paused_at"))
                    + (reason == null ? "" : ": " + reason.toString().replaceAll("\\s+", " ")));
        }
        lines.add(waits.isEmpty() ? "queued runs wait for: nothing but room" : "queued runs wait for:");
        for (var wait : waits) {
            lines.add("  " + text(wait) + age(clock, wait.get("since")));
        }
        return lines;
    }

    private static String text(Map<String, @Nullable Object> wait) {
        var reason = String.valueOf(wait.get("reason"));
        var name = String.valueOf(wait.get("name"));
        return switch (reason) {
            case "paused" -> (name.isEmpty() ? "all" : name) + ": paused";
            case "skill_missing" -> "skill " + name + ": no node has it" + runs(wait);
            default ->
                kindOfLimit(wait)
                        .map(kind -> column(kind) + " " + name + ": " + bound(reason, Json.object(wait.get("limit"))))
                        .orElse(reason + " " + name);
        };
    }

    /** The limit is that of now; it may be another one than the one that the poller met, or none. */
    private static String bound(String reason, @Nullable Map<String, @Nullable Object> limit) {
        var what = reason.endsWith("_rate") ? "its rate" : "its limit";
        return limit == null ? what : what + ", " + LimitText.bounds(limit) + " (limit " + LimitText.name(limit) + ")";
    }

    private static String runs(Map<String, @Nullable Object> wait) {
        var runs = wait.get("runs");
        if (runs == null) {
            return "";
        }
        boolean all = Boolean.TRUE.equals(wait.get("runs_are_all"));
        return ", " + (all ? "" : "at least ") + runs
                + ("1".equals(runs.toString()) ? " queued run needs it" : " queued runs need it");
    }

    private static String age(Clock clock, @Nullable Object moment) {
        var age = Duration.between(OffsetDateTime.parse(String.valueOf(moment)).toInstant(), clock.instant());
        // The clock is that of this host, the moment that of the database.
        return ", for " + Math.max(0, age.toSeconds()) + " s";
    }
}

package com.agenticverz.nova.console;

import com.agenticverz.nova.store.ControlStore;
import com.agenticverz.nova.store.Limit;
import com.agenticverz.nova.store.Pause;
import com.agenticverz.nova.store.RefusedChangeException;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What steers the cluster, over HTTP: limits and pauses; and what is to be seen of it, the audit log and what queued runs wait
 * for. What the commands do, with the same effect. Names are in bodies and queries, for they may have any characters.
 */
final class ControlApi {

    private static final int LONGEST_REASON = 1000;
    private static final int MOST_AUDIT_ROWS = 10_000;

    private final StoreAccess store;

    ControlApi(StoreAccess store) {
        this.store = store;
    }

    void register(RoutesConfig routes) {
        new Route("/api/v1/limits")
                .get(this::limits)
                .put(this::setLimit)
                .delete(this::deleteLimit)
                .register(routes);
        new Route("/api/v1/limits/effective").get(this::effectiveLimit).register(routes);
        new Route("/api/v1/pauses")
                .get(this::pauses)
                .post(this::pause)
                .delete(this::resume)
                .register(routes);
        new Route("/api/v1/audit").get(this::audit).register(routes);
        new Route("/api/v1/queue").get(this::queue).register(routes);
    }

    // --- limits

    private void limits(Context request) {
        Fields.ofQuery(request);
        rows(request, "limits", use(ControlStore::limits));
    }

    /** As a whole: a member that is missing is not bounded. */
    private void setLimit(Context request) {
        var body = Fields.ofBody(
                request, "kind", "pattern", "max_running", "max_starts", "per_seconds", "burst", "weight");
        var limit = new Limit(
                kind(Limit.Kind.class, body),
                body.neededText("pattern"),
                body.wholeNumber("max_running"),
                body.wholeNumber("max_starts"),
                body.number("per_seconds"),
                body.wholeNumber("burst"),
                body.number("weight"));
        Answer.text(request, use(it -> it.setLimit(ApiAccess.actor(request), limit, ControlStore.LIMIT_COLUMNS)));
    }

    private void deleteLimit(Context request) {
        var query = Fields.ofQuery(request, "kind", "pattern");
        var kind = kind(Limit.Kind.class, query);
        var pattern = query.neededText("pattern");
        var deleted = use(it -> it.deleteLimit(ApiAccess.actor(request), kind, pattern))
                .orElseThrow(() ->
                        new Problem(HttpStatus.NOT_FOUND, "there is no limit for " + column(kind) + " " + pattern));
        Answer.text(request, deleted);
    }

    private void effectiveLimit(Context request) {
        var query = Fields.ofQuery(request, "kind", "name");
        var kind = kind(Limit.Kind.class, query);
        var name = query.neededText("name");
        Answer.text(request, "{\"limit\":" + use(it -> it.limitOf(kind, name)).orElse("null") + "}");
    }

    // --- pauses

    private void pauses(Context request) {
        Fields.ofQuery(request);
        rows(request, "pauses", use(ControlStore::pauses));
    }

    /** Also where it was paused already. */
    private void pause(Context request) {
        var body = Fields.ofBody(request, "kind", "name", "reason");
        var pause = pauseOf(body);
        var reason = body.text("reason");
        if (reason != null && (reason.isBlank() || reason.length() > LONGEST_REASON)) {
            throw new Problem(
                    HttpStatus.BAD_REQUEST,
                    "reason is blank or too long; allowed: 1 to " + LONGEST_REASON + " characters");
        }
        var paused = use(it -> it.pause(ApiAccess.actor(request), pause, reason));
        request.status(paused.isNew() ? HttpStatus.CREATED : HttpStatus.OK);
        Answer.text(request, paused.rowJson());
    }

    private void resume(Context request) {
        var pause = pauseOf(Fields.ofQuery(request, "kind", "name"));
        Answer.text(
                request,
                use(it -> it.resume(ApiAccess.actor(request), pause))
                        .orElseThrow(() -> new Problem(HttpStatus.NOT_FOUND, pause + " is not paused")));
    }

    private static Pause pauseOf(Fields fields) {
        var kind = kind(Pause.Kind.class, fields);
        if (kind != Pause.Kind.ALL) {
            return new Pause(kind, fields.neededText("name"));
        }
        var name = fields.text("name");
        if (name != null && !name.isEmpty()) {
            throw new Problem(HttpStatus.BAD_REQUEST, "a pause of all has no name");
        }
        return Pause.ALL;
    }

    // --- what is to be seen

    private void audit(Context request) {
        var query = Fields.ofQuery(request, "subject", "since", "limit");
        var subject = query.text("subject");
        var since = moment(query.text("since"));
        int limit = query.wholeNumber("limit", 50, 1, MOST_AUDIT_ROWS);
        rows(request, "audit", use(it -> it.audit(subject, since, limit)));
    }

    private static @Nullable OffsetDateTime moment(@Nullable String text) {
        try {
            return text == null ? null : OffsetDateTime.parse(text);
        } catch (DateTimeParseException e) {
            throw new Problem(
                    HttpStatus.BAD_REQUEST,
                    "since is something else; allowed: a moment with its offset, such as 2030-01-31T08:00:00Z");
        }
    }

    private void queue(Context request) {
        Fields.ofQuery(request);
        rows(request, "waits", use(ControlStore::waits));
    }

    private <T> T use(Function<ControlStore, T> statement) {
        try {
            return store.use(database -> statement.apply(database.control()));
        } catch (RefusedChangeException e) {
            throw new Problem(HttpStatus.BAD_REQUEST, String.valueOf(e.getMessage()));
        }
    }

    private static void rows(Context request, String name, List<String> rows) {
        Answer.text(request, "{\"" + name + "\":[" + String.join(",", rows) + "]}");
    }

    private static <K extends Enum<K>> K kind(Class<K> kinds, Fields fields) {
        var text = fields.neededText("kind");
        var all = Objects.requireNonNull(kinds.getEnumConstants());
        return Arrays.stream(all)
                .filter(it -> column(it).equals(text))
                .findFirst()
                .orElseThrow(() -> new Problem(
                        HttpStatus.BAD_REQUEST,
                        "kind is something else; allowed: "
                                + Arrays.stream(all).map(ControlApi::column).collect(Collectors.joining(", "))));
    }

    private static String column(Enum<?> kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }
}

package com.agenticverz.nova.console;

import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.store.Database;
import com.agenticverz.nova.store.InterventionStore;
import com.agenticverz.nova.store.SignalRefusedException;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HandlerType;
import io.javalin.http.HttpStatus;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Runs over HTTP: what the commands {@code runs …} do, with the same effect. */
final class RunsApi {

    static final String CANCELLED_BY_HAND = "cancelled by hand";

    private static final Pattern ID = Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");
    private static final Pattern DATABASE_IS_AWAY = Pattern.compile("(08|40|53|57|58).*");
    private static final int LONGEST_REASON = 1000;

    private static final int PATIENCE_SECONDS = 2;

    /** The connections are those of the node's own work, of which there are few. */
    private final Semaphore connections = new Semaphore(2);

    private final Supplier<@Nullable InterventionStore> store;

    /** @param store null: it is not there yet */
    RunsApi(Supplier<@Nullable InterventionStore> store) {
        this.store = store;
    }

    void register(RoutesConfig routes) {
        post(routes, "/api/v1/runs/{id}/cancel", this::cancel);
        post(routes, "/api/v1/runs/{id}/signals/{name}", this::signal);
    }

    /** With an answer to every other method. */
    private static void post(RoutesConfig routes, String path, Handler handler) {
        routes.post(path, handler);
        Api.otherMethods(HandlerType.POST)
                .forEach(other -> routes.addHttpHandler(other, path, request -> {
                    throw new Problem(
                                    HttpStatus.METHOD_NOT_ALLOWED,
                                    request.method().name() + " is not what this is for; allowed: POST")
                            .withHeader("Allow", "POST");
                }));
    }

    private void cancel(Context request) {
        var id = id(request);
        var reason = reason(RequestBody.json(request));
        var run = inStore(it -> it.cancel(List.of(id), reason)).getFirst();
        if (run.status() == null) {
            throw new Problem(HttpStatus.NOT_FOUND, "run " + id + " is not there");
        }
        var was = run.status().column();
        if (!run.changed()) {
            throw new Problem(HttpStatus.CONFLICT, "run " + id + " is " + was + "; nothing was done")
                    .with("run_status", was);
        }
        var answer = new LinkedHashMap<String, Object>();
        answer.put("id", id.toString());
        answer.put("status", "cancelled");
        answer.put("was", was);
        request.contentType("application/json").result(Json.write(answer).getBytes(StandardCharsets.UTF_8));
    }

    private static String reason(@Nullable String json) {
        if (json == null) {
            return CANCELLED_BY_HAND;
        }
        var body = Json.object(Json.read(json));
        if (body == null || !body.keySet().stream().allMatch("reason"::equals)) {
            throw new Problem(
                    HttpStatus.BAD_REQUEST, "the body is something else; allowed: none, or an object with reason");
        }
        if (body.isEmpty()) {
            return CANCELLED_BY_HAND;
        }
        if (!(body.get("reason") instanceof String reason)
                || reason.isBlank()
                || reason.length() > LONGEST_REASON
                || reason.indexOf('\u0000') >= 0) {
            throw new Problem(
                    HttpStatus.BAD_REQUEST,
                    "reason is something else; allowed: text of 1 to " + LONGEST_REASON + " characters without NUL");
        }
        return reason;
    }

    private void signal(Context request) {
        var id = id(request);
        var name = request.pathParam("name");
        var json = RequestBody.json(request);
        var key = request.header("Idempotency-Key");
        try {
            var became = inStore(it -> it.signal(id, name, json == null ? "null" : json, key));
            var answer = new LinkedHashMap<String, Object>();
            answer.put("id", id.toString());
            answer.put("name", name);
            answer.put("signal", became.name().toLowerCase(Locale.ROOT));
            request.contentType("application/json").result(Json.write(answer).getBytes(StandardCharsets.UTF_8));
        } catch (SignalRefusedException e) {
            throw new Problem(
                    switch (e.reason()) {
                        case NO_SUCH_RUN -> HttpStatus.NOT_FOUND;
                        case RUN_HAS_ENDED -> HttpStatus.CONFLICT;
                        case INVALID -> HttpStatus.BAD_REQUEST;
                    },
                    String.valueOf(e.getMessage()));
        }
    }

    private static UUID id(Context request) {
        var id = request.pathParam("id");
        if (!ID.matcher(id).matches()) {
            throw new Problem(HttpStatus.BAD_REQUEST, "the id of the run is not a UUID");
        }
        return UUID.fromString(id);
    }

    private <T> T inStore(Function<InterventionStore, T> statement) {
        var opened = store.get();
        if (opened == null) {
            throw unavailable("the node has no database yet");
        }
        if (!acquired()) {
            throw unavailable("the node is busy with other requests");
        }
        try {
            return statement.apply(opened);
        } catch (RuntimeException e) {
            var state = Database.sqlState(e);
            if (state == null || DATABASE_IS_AWAY.matcher(state).matches()) {
                throw unavailable("the database does not answer; whether it was done is not known");
            }
            throw e;
        } finally {
            connections.release();
        }
    }

    private boolean acquired() {
        try {
            return connections.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static Problem unavailable(String detail) {
        return new Problem(HttpStatus.SERVICE_UNAVAILABLE, detail + "; try again").withHeader("Retry-After", "5");
    }
}

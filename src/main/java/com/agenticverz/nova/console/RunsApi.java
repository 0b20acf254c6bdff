package com.agenticverz.nova.console;

import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.store.SignalRefusedException;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Runs over HTTP: what the commands {@code runs …} do, with the same effect. */
final class RunsApi {

    static final String CANCELLED_BY_HAND = "cancelled by hand";

    private static final Pattern ID = Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");
    private static final int LONGEST_REASON = 1000;

    private final StoreAccess store;
    private final EnqueueApi enqueue;

    RunsApi(StoreAccess store) {
        this.store = store;
        this.enqueue = new EnqueueApi(store);
    }

    void register(RoutesConfig routes) {
        new Route("/api/v1/runs").post(enqueue::post).register(routes);
        new Route("/api/v1/runs/{id}/cancel").post(this::cancel).register(routes);
        new Route("/api/v1/runs/{id}/signals/{name}").post(this::signal).register(routes);
        new Route("/api/v1/runs/{id}/retry").post(this::retry).register(routes);
    }

    private void cancel(Context request) {
        var id = id(request);
        var reason = reason(RequestBody.json(request));
        var run =
                store.use(it -> it.interventions().cancel(List.of(id), reason)).getFirst();
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
        Answer.json(request, answer);
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
            var became = store.use(it -> it.interventions().signal(id, name, json == null ? "null" : json, key));
            var answer = new LinkedHashMap<String, Object>();
            answer.put("id", id.toString());
            answer.put("name", name);
            answer.put("signal", became.name().toLowerCase(Locale.ROOT));
            Answer.json(request, answer);
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

    private void retry(Context request) {
        var id = id(request);
        boolean again = Fields.ofBody(request, "again").truth("again");
        var run = store.use(it -> it.interventions().retry(List.of(id), again)).getFirst();
        if (run.status() == null) {
            throw new Problem(HttpStatus.NOT_FOUND, "run " + id + " is not there");
        }
        if (!run.changed()) {
            var was = run.status().column();
            throw new Problem(
                            HttpStatus.CONFLICT,
                            "run " + id
                                    + (run.repeatedBy() == null
                                            ? " is " + was + "; nothing was done"
                                            : " is repeated by " + run.repeatedBy()
                                                    + " already; nothing was done, again repeats it once more"))
                    .with("run_status", was);
        }
        var answer = new LinkedHashMap<String, Object>();
        answer.put("id", String.valueOf(run.newId()));
        answer.put("parent_run_id", id.toString());
        Answer.json(request, answer);
    }

    private static UUID id(Context request) {
        return id("the id of the run", request.pathParam("id"));
    }

    static UUID id(String what, String id) {
        if (!ID.matcher(id).matches()) {
            throw new Problem(HttpStatus.BAD_REQUEST, what + " is not a UUID");
        }
        return UUID.fromString(id);
    }
}

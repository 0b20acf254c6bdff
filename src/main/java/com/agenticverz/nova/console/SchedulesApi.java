package com.agenticverz.nova.console;

import com.agenticverz.nova.enqueue.InvalidScheduleException;
import com.agenticverz.nova.enqueue.ScheduleReader;
import com.agenticverz.nova.skill.Json;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.util.Map;

/** Schedules over HTTP: what the commands {@code schedules …} do, with the same effect. */
final class SchedulesApi {

    private final StoreAccess store;

    SchedulesApi(StoreAccess store) {
        this.store = store;
    }

    void register(RoutesConfig routes) {
        new Route("/api/v1/schedules").get(this::list).register(routes);
        new Route("/api/v1/schedules/{name}")
                .get(this::show)
                .put(this::set)
                .delete(this::delete)
                .register(routes);
        new Route("/api/v1/schedules/{name}/pause")
                .post(request -> pause(request, true))
                .register(routes);
        new Route("/api/v1/schedules/{name}/resume")
                .post(request -> pause(request, false))
                .register(routes);
    }

    private void list(Context request) {
        var schedules = store.use(it -> it.schedules().all());
        Answer.text(request, "{\"schedules\":[" + String.join(",", schedules) + "]}");
    }

    private void show(Context request) {
        var name = request.pathParam("name");
        Answer.text(request, store.use(it -> it.schedules().schedule(name)).orElseThrow(() -> nobody(name)));
    }

    /** As a whole: what is not said has its default, but for whether it is paused. */
    private void set(Context request) {
        var name = request.pathParam("name");
        var json = RequestBody.json(request);
        var fields = json == null ? null : Json.object(Json.read(json));
        if (fields == null) {
            throw new Problem(
                    HttpStatus.BAD_REQUEST,
                    "the body is something else; allowed: an object with "
                            + String.join(", ", ScheduleReader.fields()));
        }
        try {
            var schedule = ScheduleReader.of(name, fields);
            var written = store.use(it -> it.schedules().set(ApiAccess.actor(request), schedule));
            request.status(written.created() ? HttpStatus.CREATED : HttpStatus.OK);
            Answer.text(request, written.json());
        } catch (InvalidScheduleException e) {
            throw new Problem(HttpStatus.BAD_REQUEST, String.valueOf(e.getMessage()));
        }
    }

    private void delete(Context request) {
        var name = request.pathParam("name");
        if (!store.use(it -> it.schedules().delete(ApiAccess.actor(request), name))) {
            throw nobody(name);
        }
        Answer.json(request, Map.of("name", name));
    }

    private void pause(Context request, boolean paused) {
        var name = request.pathParam("name");
        if (!store.use(it -> it.schedules().pause(ApiAccess.actor(request), name, paused))) {
            throw nobody(name);
        }
        Answer.text(request, store.use(it -> it.schedules().schedule(name)).orElseThrow(() -> nobody(name)));
    }

    private static Problem nobody(String name) {
        return new Problem(HttpStatus.NOT_FOUND, "there is no schedule " + name.replaceAll("\\p{Cntrl}", " "));
    }
}

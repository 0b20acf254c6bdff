package com.agenticverz.nova.console;

import com.agenticverz.nova.store.Database;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.javalin.http.HttpStatus;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** All that is under {@code /api}: who may call it, what it answers to everybody, and its routes. */
final class Api {

    private final ApiAccess access;
    private final RunsApi runs;
    private final DeadLettersApi deadLetters;
    private final ControlApi control;
    private final NodesApi nodes;
    private final SchedulesApi schedules;

    /** @param database null: it is not there yet */
    Api(@Nullable String token, Supplier<@Nullable Database> database) {
        this.access = new ApiAccess(token);
        var store = new StoreAccess(database);
        this.runs = new RunsApi(store);
        this.deadLetters = new DeadLettersApi(store);
        this.control = new ControlApi(store);
        this.nodes = new NodesApi(store);
        this.schedules = new SchedulesApi(store);
    }

    void register(RoutesConfig routes) {
        for (var path : List.of("/api", "/api/*")) {
            routes.before(path, this::enter);
        }
        routes.exception(Problem.class, Problem::write);
        runs.register(routes);
        deadLetters.register(routes);
        control.register(routes);
        nodes.register(routes);
        schedules.register(routes);
        // After all that there is.
        for (var path : List.of("/api", "/api/*")) {
            for (var method : HandlerType.values()) {
                if (method.isHttpMethod()) {
                    routes.addHttpHandler(method, path, request -> {
                        throw new Problem(HttpStatus.NOT_FOUND, "there is no " + request.path());
                    });
                }
            }
        }
        routes.error(HttpStatus.INTERNAL_SERVER_ERROR, Api::broken);
    }

    private void enter(Context request) {
        request.header("X-Content-Type-Options", "nosniff");
        request.header("Cache-Control", "no-store");
        access.check(request);
    }

    /** Its cause is in the log, and nobody else's business. */
    private static void broken(Context request) {
        if (request.path().startsWith("/api/")) {
            new Problem(HttpStatus.INTERNAL_SERVER_ERROR, "the node failed; its log says why").write(request);
        }
    }
}

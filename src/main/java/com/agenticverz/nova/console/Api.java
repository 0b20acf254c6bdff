package com.agenticverz.nova.console;

import com.agenticverz.nova.store.InterventionStore;
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

    /** @param store null: it is not there yet */
    Api(@Nullable String token, Supplier<@Nullable InterventionStore> store) {
        this.access = new ApiAccess(token);
        this.runs = new RunsApi(store);
    }

    void register(RoutesConfig routes) {
        for (var path : List.of("/api", "/api/*")) {
            routes.before(path, this::enter);
        }
        routes.exception(Problem.class, Problem::write);
        runs.register(routes);
        // After all that there is.
        for (var path : List.of("/api", "/api/*")) {
            otherMethods(null)
                    .forEach(method -> routes.addHttpHandler(method, path, request -> {
                        throw new Problem(HttpStatus.NOT_FOUND, "there is no " + request.path());
                    }));
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

    /** All methods but one. */
    static List<HandlerType> otherMethods(@Nullable HandlerType but) {
        return HandlerType.values().stream()
                .filter(it -> it.isHttpMethod() && !it.equals(but))
                .toList();
    }
}

package com.agenticverz.nova.console;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Handler;
import io.javalin.http.HandlerType;
import io.javalin.http.HttpStatus;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** A path of the API with its methods. Every other method is answered by 405 and those that there are. */
final class Route {

    private final String path;
    private final Map<HandlerType, Handler> handlers = new LinkedHashMap<>();

    /** @param path from {@code /api} on, with {@code {name}} for what differs */
    Route(String path) {
        this.path = path;
    }

    /** What reads. */
    Route get(Handler handler) {
        return on(HandlerType.GET, handler);
    }

    /** What does something each time. */
    Route post(Handler handler) {
        return on(HandlerType.POST, handler);
    }

    /** What sets something, the same when it is repeated. */
    Route put(Handler handler) {
        return on(HandlerType.PUT, handler);
    }

    /** What changes a part. */
    Route patch(Handler handler) {
        return on(HandlerType.PATCH, handler);
    }

    /** What takes something away. */
    Route delete(Handler handler) {
        return on(HandlerType.DELETE, handler);
    }

    private Route on(HandlerType method, Handler handler) {
        handlers.put(method, handler);
        return this;
    }

    void register(RoutesConfig routes) {
        var allowed = handlers.keySet().stream().map(HandlerType::name).collect(Collectors.joining(", "));
        for (var method : HandlerType.values()) {
            if (method.isHttpMethod()) {
                var handler = handlers.get(method);
                routes.addHttpHandler(
                        method,
                        path,
                        handler != null
                                ? handler
                                : request -> {
                                    throw new Problem(
                                                    HttpStatus.METHOD_NOT_ALLOWED,
                                                    request.method().name() + " is not what this is for; allowed: "
                                                            + allowed)
                                            .withHeader("Allow", allowed);
                                });
            }
        }
    }
}

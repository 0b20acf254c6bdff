package com.agenticverz.nova.console;

import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.store.NodeControl;
import com.agenticverz.nova.store.NodeControlStore;
import com.agenticverz.nova.store.UnknownNodeException;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Nodes over HTTP: what the commands {@code nodes …} do, with the same effect. */
final class NodesApi {

    private final StoreAccess store;

    NodesApi(StoreAccess store) {
        this.store = store;
    }

    void register(RoutesConfig routes) {
        new Route("/api/v1/nodes").get(this::list).register(routes);
        new Route("/api/v1/nodes/concurrency").put(this::resizeAll).register(routes);
        new Route("/api/v1/nodes/{id}/drain")
                .post(request -> drain(request, true))
                .register(routes);
        new Route("/api/v1/nodes/{id}/resume")
                .post(request -> drain(request, false))
                .register(routes);
        new Route("/api/v1/nodes/{id}/resize").post(this::resize).register(routes);
    }

    private void list(Context request) {
        Fields.ofQuery(request);
        Answer.json(
                request,
                store.use(it -> NodeControlStore.fields(
                        it.status().nodes(), it.nodeControls().all())));
    }

    private void drain(Context request, boolean draining) {
        Fields.ofBody(request);
        var node = request.pathParam("id");
        change(request, it -> it.drain(node, draining, ApiAccess.actor(request)));
    }

    private void resize(Context request) {
        var node = request.pathParam("id");
        var concurrency = concurrency(request);
        change(request, it -> it.resize(node, concurrency, ApiAccess.actor(request)));
    }

    private void resizeAll(Context request) {
        var concurrency = concurrency(request);
        change(request, it -> it.resizeAll(concurrency, ApiAccess.actor(request)));
    }

    private void change(Context request, Function<NodeControlStore, NodeControlStore.Change> change) {
        try {
            Answer.json(
                    request, store.use(it -> change.apply(it.nodeControls())).fields());
        } catch (UnknownNodeException e) {
            throw new Problem(HttpStatus.NOT_FOUND, String.valueOf(e.getMessage()));
        }
    }

    /** Null where it is there and null: that is something else than forgotten. */
    private static @Nullable Integer concurrency(Context request) {
        var json = RequestBody.json(request);
        var body = json == null ? null : Json.object(Json.read(json));
        if (body != null && body.size() == 1 && body.containsKey("concurrency")) {
            var value = body.get("concurrency");
            if (value == null) {
                return null;
            }
            if (value instanceof Integer number && number >= 1 && number <= NodeControl.MOST_CONCURRENCY) {
                return number;
            }
        }
        throw new Problem(
                HttpStatus.BAD_REQUEST,
                "the body is something else; allowed: an object with concurrency, a number from 1 to "
                        + NodeControl.MOST_CONCURRENCY
                        + ", or null for what is said of all, or without that WORKER_CONCURRENCY of the node");
    }
}

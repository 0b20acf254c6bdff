package com.agenticverz.nova.console;

import com.agenticverz.nova.run.StartRate;
import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.store.BulkRetry;
import com.agenticverz.nova.store.DeadLetterFilter;
import com.agenticverz.nova.store.DeadLetterStore;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Runs that have failed, over HTTP: what {@code runs dead-letters} and {@code runs retry} do with a filter. */
final class DeadLettersApi {

    private static final int MOST = 1_000;
    private static final int MOST_NEWEST = 100_000;

    private final StoreAccess store;

    DeadLettersApi(StoreAccess store) {
        this.store = store;
    }

    void register(RoutesConfig routes) {
        new Route("/api/v1/dead-letters").get(this::list).register(routes);
        new Route("/api/v1/dead-letters/causes").get(this::causes).register(routes);
        new Route("/api/v1/dead-letters/retry").post(this::retry).register(routes);
    }

    private void list(Context request) {
        var fields = Fields.ofQuery(
                request, "agent_id", "skill", "error", "since", "until", "not_retried", "before", "limit");
        var filter = filter(fields, fields.truth("not_retried"));
        int limit = fields.wholeNumber("limit", 50, 1, MOST);
        var text = fields.text("before");
        var before = text == null ? null : RunsApi.id("before", text);
        var runs = store.use(it -> it.deadLetters().list(filter, before, limit))
                .orElseThrow(() -> new Problem(
                        HttpStatus.NOT_FOUND, "before: run " + before + " has not failed, or is not there"));
        var parsed = runs.stream().map(Json::read).toList();
        var answer = new LinkedHashMap<String, @Nullable Object>();
        answer.put("runs", parsed);
        answer.put("next_before", runs.size() < limit ? null : ((Map<?, ?>) Json.object(parsed.getLast())).get("id"));
        Answer.json(request, answer);
    }

    private void causes(Context request) {
        var fields = Fields.ofQuery(
                request, "agent_id", "skill", "error", "since", "until", "not_retried", "newest", "limit");
        var filter = filter(fields, fields.truth("not_retried"));
        int newest = fields.wholeNumber("newest", 10_000, 1, MOST_NEWEST);
        int limit = fields.wholeNumber("limit", 50, 1, MOST);
        var causes = store.use(it -> it.deadLetters().causes(filter, newest, limit));
        var answer = new LinkedHashMap<String, @Nullable Object>();
        answer.put("causes", causes.causes().stream().map(DeadLettersApi::cause).toList());
        answer.put("older_ones_left_out", causes.more());
        Answer.json(request, answer);
    }

    private static Map<String, @Nullable Object> cause(DeadLetterStore.Cause cause) {
        var fields = new LinkedHashMap<String, @Nullable Object>();
        fields.put("cause", cause.cause());
        fields.put("runs", cause.runs());
        fields.put("first", cause.first().toString());
        fields.put("last", cause.last().toString());
        fields.put("example", cause.example().toString());
        return fields;
    }

    /** Answers when all of them are enqueued; each batch of them asks for a connection anew, so that others get theirs. */
    private void retry(Context request) {
        var fields = Fields.ofBody(
                request, "agent_id", "skill", "error", "since", "until", "all_failed", "again", "rate", "dry_run");
        var filter = filter(fields, !fields.truth("again"));
        boolean all = fields.truth("all_failed");
        if (filter.isOfAll() != all) {
            throw bad(
                    all
                            ? "all_failed goes without another filter"
                            : "nothing says which runs; allowed: agent_id, skill, error, since, until, or all_failed");
        }
        var rate = rate(fields.text("rate"));
        var actor = ApiAccess.actor(request);
        var retry = store.use(it -> it.deadLetters().retry(filter, rate, actor));
        if (fields.truth("dry_run")) {
            Answer.json(request, Map.of("would_be_retried", store.use(_ -> retry.count(() -> false))));
            return;
        }
        try {
            while (store.use(_ -> retry.next())) {
                // The next batch.
            }
        } catch (Problem away) {
            throw away.with("retried", retry.repeated());
        }
        Answer.json(request, done(retry));
    }

    private static Map<String, @Nullable Object> done(BulkRetry retry) {
        var answer = new LinkedHashMap<String, @Nullable Object>();
        answer.put("retried", retry.repeated());
        var last = retry.lastStart();
        answer.put("last_begins_at", last == null ? null : last.toString());
        return answer;
    }

    private static @Nullable StartRate rate(@Nullable String text) {
        if (text == null) {
            return null;
        }
        try {
            return StartRate.parse("rate", text);
        } catch (IllegalArgumentException e) {
            throw bad(String.valueOf(e.getMessage()));
        }
    }

    private static DeadLetterFilter filter(Fields fields, boolean notRepeated) {
        var error = fields.text("error");
        if (error != null && error.isEmpty()) {
            throw bad("error is empty; allowed: a text that is not");
        }
        return new DeadLetterFilter(
                fields.text("agent_id"),
                fields.text("skill"),
                error,
                moment(fields, "since"),
                moment(fields, "until"),
                notRepeated);
    }

    private static @Nullable OffsetDateTime moment(Fields fields, String name) {
        var text = fields.text(name);
        if (text == null) {
            return null;
        }
        try {
            return OffsetDateTime.parse(text);
        } catch (DateTimeException e) {
            throw bad(name + " is no moment; allowed: such as 2026-11-26T10:00:00Z");
        }
    }

    private static Problem bad(String detail) {
        return new Problem(HttpStatus.BAD_REQUEST, detail);
    }
}

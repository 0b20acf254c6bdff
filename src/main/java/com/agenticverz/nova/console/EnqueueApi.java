package com.agenticverz.nova.console;

import com.agenticverz.nova.enqueue.Enqueuer;
import com.agenticverz.nova.enqueue.InvalidRunException;
import com.agenticverz.nova.enqueue.RunReader;
import com.agenticverz.nova.run.Enqueued;
import com.agenticverz.nova.run.NewRun;
import com.agenticverz.nova.skill.Json;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Enqueues over HTTP: one run, several in one transaction, or as many lines as the caller sends. */
final class EnqueueApi {

    /** A plan may have 1 MiB as stored, and several runs come together. */
    static final int MOST_BYTES = 16 * 1024 * 1024;

    /** The rejected lines of a stream are in its answer: a caller whose lines are all bad is told before that is too long. */
    static final int MOST_REJECTED = 10_000;

    private static final int LONGEST_LINE_BYTES = 4 * 1024 * 1024;
    private static final List<String> LINES = List.of("application/x-ndjson", "application/ndjson");

    private final Enqueuer enqueuer;

    EnqueueApi(StoreAccess store) {
        // A stream takes a connection for each batch anew: it may go on for hours.
        this.enqueuer = new Enqueuer(
                run -> store.use(it -> it.runs().enqueue(run)),
                runs -> store.use(it -> it.runs().enqueueAll(runs)));
    }

    void post(Context request) {
        if (LINES.contains(RequestBody.type(request))) {
            lines(request);
            return;
        }
        var json = RequestBody.json(request, MOST_BYTES);
        var body = json == null ? null : Json.read(json);
        if (body instanceof List<?> several) {
            several(request, several);
        } else {
            one(request, Json.object(body));
        }
    }

    private void one(Context request, @Nullable Map<String, @Nullable Object> body) {
        if (body == null) {
            throw new Problem(
                    HttpStatus.BAD_REQUEST,
                    "the body is something else; allowed: an object, such as {\"agent_id\":\"me\",\"plan\":{\"steps\":"
                            + "[{\"skill\":\"noop\"}]}}, an array of them, or one a line as application/x-ndjson");
        }
        try {
            var enqueued = enqueuer.enqueue(RunReader.of(withKeyOfHeader(request, body)));
            if (enqueued.created()) {
                request.status(HttpStatus.CREATED).header("Location", "/api/v1/runs/" + enqueued.id());
            }
            Answer.json(request, object(enqueued));
        } catch (InvalidRunException e) {
            throw new Problem(HttpStatus.UNPROCESSABLE_CONTENT, String.valueOf(e.getMessage()));
        }
    }

    private static Map<String, @Nullable Object> withKeyOfHeader(Context request, Map<String, @Nullable Object> body) {
        var key = request.header("Idempotency-Key");
        if (key == null) {
            return body;
        }
        var own = body.get("idempotency_key");
        if (own != null && !own.equals(key)) {
            throw new Problem(
                    HttpStatus.BAD_REQUEST,
                    "the header Idempotency-Key and the field idempotency_key differ; allowed: one of them, or the same");
        }
        var fields = new LinkedHashMap<>(body);
        fields.put("idempotency_key", key);
        return fields;
    }

    private void several(Context request, List<?> bodies) {
        var runs = new ArrayList<NewRun>();
        var problems = new ArrayList<Map<String, Object>>();
        for (int i = 0; i < bodies.size(); i++) {
            try {
                var fields = Json.object(bodies.get(i));
                if (fields == null) {
                    problems.add(problem("index", i, "not an object"));
                } else {
                    runs.add(RunReader.of(fields));
                }
            } catch (InvalidRunException e) {
                problems.add(problem("index", i, String.valueOf(e.getMessage())));
            }
        }
        if (!problems.isEmpty()) {
            throw new Problem(
                            HttpStatus.UNPROCESSABLE_CONTENT,
                            problems.size() + " of " + bodies.size() + " cannot be enqueued; none was enqueued")
                    .with("problems", problems);
        }
        try {
            var answers = enqueuer.enqueueAll(runs);
            if (answers.stream().anyMatch(Enqueued::created)) {
                request.status(HttpStatus.CREATED);
            }
            Answer.json(request, answers.stream().map(EnqueueApi::object).toList());
        } catch (InvalidRunException e) {
            throw new Problem(HttpStatus.UNPROCESSABLE_CONTENT, e.getMessage() + "; none was enqueued");
        }
    }

    private void lines(Context request) {
        var summary = new Summary();
        try {
            enqueuer.enqueueLines(request.bodyInputStream(), LONGEST_LINE_BYTES, summary);
            Answer.json(request, summary.members());
        } catch (Enqueuer.Interrupted e) {
            switch (e.getCause()) {
                case Problem problem ->
                    throw problem.saying(problem.getMessage() + "; " + e.getMessage())
                            .with(summary.members());
                // The caller is gone.
                case IOException gone -> throw new UncheckedIOException(gone);
                case null, default -> throw e;
            }
        }
    }

    /** What became of lines so far. */
    private static final class Summary implements Enqueuer.Report {

        private long enqueued;
        private long known;
        private final List<Map<String, Object>> rejected = new ArrayList<>();

        @Override
        public void enqueued(long line, Enqueued run) {
            if (run.created()) {
                enqueued++;
            } else {
                known++;
            }
        }

        @Override
        public void rejected(long line, String reason) {
            if (rejected.size() == MOST_REJECTED) {
                throw new Problem(
                        HttpStatus.UNPROCESSABLE_CONTENT, "more than " + MOST_REJECTED + " lines cannot be enqueued");
            }
            rejected.add(problem("line", line, reason));
        }

        Map<String, Object> members() {
            // A batch that PostgreSQL refuses is looked through after the lines behind it were read.
            rejected.sort((one, other) -> Long.compare(number(one), number(other)));
            var members = new LinkedHashMap<String, Object>();
            members.put("enqueued", enqueued);
            members.put("known", known);
            members.put("rejected", rejected.size());
            members.put("rejected_lines", rejected);
            return members;
        }

        private static long number(Map<String, Object> rejection) {
            return rejection.get("line") instanceof Long line ? line : 0;
        }
    }

    private static Map<String, Object> problem(String place, Object number, String detail) {
        var problem = new LinkedHashMap<String, Object>();
        problem.put(place, number);
        problem.put("detail", detail);
        return problem;
    }

    private static Map<String, Object> object(Enqueued enqueued) {
        var object = new LinkedHashMap<String, Object>();
        object.put("id", enqueued.id().toString());
        object.put("created", enqueued.created());
        return object;
    }
}

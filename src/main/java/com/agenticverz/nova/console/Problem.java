package com.agenticverz.nova.console;

import com.agenticverz.nova.skill.Json;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** Why a request is not done, as the caller is told: {@code application/problem+json} of RFC 9457. */
final class Problem extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private static final String WRITTEN = "problem";

    private final transient HttpStatus status;
    private final transient Map<String, String> headers;
    private final transient Map<String, Object> more;

    /** @param detail one line: what, the value, what is allowed */
    Problem(HttpStatus status, String detail) {
        this(status, detail, Map.of(), Map.of());
    }

    private Problem(HttpStatus status, String detail, Map<String, String> headers, Map<String, Object> more) {
        super(detail, null, false, false);
        this.status = status;
        this.headers = headers;
        this.more = more;
    }

    /** The same with a header. */
    Problem withHeader(String name, String value) {
        return new Problem(status, String.valueOf(getMessage()), Map.of(name, value), more);
    }

    /** The same with a member beside those of the RFC. */
    Problem with(String member, Object value) {
        return with(Map.of(member, value));
    }

    /** The same with members beside those of the RFC, and instead of others. */
    Problem with(Map<String, Object> members) {
        return new Problem(status, String.valueOf(getMessage()), headers, members);
    }

    /** The same with another detail. */
    Problem saying(String detail) {
        return new Problem(status, detail, headers, more);
    }

    void write(Context request) {
        var body = new LinkedHashMap<String, Object>();
        body.put("type", "about:blank");
        body.put("title", status.getMessage());
        body.put("status", status.getCode());
        body.put("detail", String.valueOf(getMessage()));
        body.putAll(more);
        headers.forEach(request::header);
        request.attribute(WRITTEN, true);
        // As bytes: text would be sent in the charset of servlets, which is not that of JSON.
        request.status(status)
                .contentType("application/problem+json")
                .result(Json.write(body).getBytes(StandardCharsets.UTF_8));
    }

    /** Whether the answer to a request is one already. */
    static boolean isWritten(Context request) {
        return request.attribute(WRITTEN) != null;
    }
}

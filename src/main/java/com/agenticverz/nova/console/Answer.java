package com.agenticverz.nova.console;

import com.agenticverz.nova.skill.Json;
import io.javalin.http.Context;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** What a request that is done is answered. */
final class Answer {

    private Answer() {}

    /** A JSON value, of maps, lists, text, numbers and truth. */
    static void json(Context request, @Nullable Object value) {
        text(request, Json.write(value));
    }

    /** JSON that is text already. */
    static void text(Context request, String json) {
        // As bytes: text would be sent in the charset of servlets, which is not that of JSON.
        request.contentType("application/json").result(json.getBytes(StandardCharsets.UTF_8));
    }
}

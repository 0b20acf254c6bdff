package com.agenticverz.nova.console;

import com.agenticverz.nova.skill.Json;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a request brings with it. */
final class RequestBody {

    static final int MOST_BYTES = 1024 * 1024;

    private RequestBody() {}

    /**
     * The JSON text of a body; null: it is empty.
     *
     * @throws Problem when it is something else, or too large
     */
    static @Nullable String json(Context request) {
        return json(request, MOST_BYTES);
    }

    /** The same, of at most so many bytes. */
    static @Nullable String json(Context request, int mostBytes) {
        if (request.req().getContentLengthLong() > mostBytes) {
            throw tooLarge(mostBytes);
        }
        byte[] bytes;
        try {
            bytes = request.bodyInputStream().readNBytes(mostBytes + 1);
        } catch (IOException e) {
            // The caller is gone.
            throw new UncheckedIOException(e);
        }
        if (bytes.length > mostBytes) {
            throw tooLarge(mostBytes);
        }
        if (bytes.length == 0) {
            return null;
        }
        var type = type(request);
        if (!type.equals("application/json")) {
            throw new Problem(
                    HttpStatus.UNSUPPORTED_MEDIA_TYPE,
                    "the body has " + (type.isEmpty() ? "no Content-Type" : "another Content-Type")
                            + "; allowed: application/json");
        }
        try {
            var text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            Json.read(text);
            return text;
        } catch (CharacterCodingException e) {
            throw new Problem(HttpStatus.BAD_REQUEST, "the body is not UTF-8");
        } catch (IllegalArgumentException e) {
            throw new Problem(HttpStatus.BAD_REQUEST, "the body is " + e.getMessage());
        }
    }

    /** The type of a body, without its parameters and in small letters; empty: it has none. */
    static String type(Context request) {
        var type = request.contentType();
        return type == null ? "" : type.split(";")[0].strip().toLowerCase(Locale.ROOT);
    }

    private static Problem tooLarge(int mostBytes) {
        return new Problem(
                HttpStatus.CONTENT_TOO_LARGE, "the body is too large; allowed: at most " + mostBytes + " bytes");
    }
}

package com.agenticverz.nova.enqueue;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The lines of an input. Bytes, not text: one line that is not UTF-8 must not spoil the others. */
final class LineSource {

    private static final int BUFFER_BYTES = 1 << 16;

    /**
     * A line without its end.
     *
     * @param number from 1
     * @param bytes null: it is too long
     * @param longestBytes what it may have
     */
    record Line(long number, byte @Nullable [] bytes, int longestBytes) {

        boolean isBlank() {
            if (bytes == null) {
                return false;
            }
            for (byte it : bytes) {
                if (it != ' ' && it != '\t' && it != '\r') {
                    return false;
                }
            }
            return true;
        }

        /** @throws InvalidRunException when it is no text */
        String text() {
            if (bytes == null) {
                throw new InvalidRunException(List.of("longer than " + longestBytes + " bytes, which no run is"));
            }
            try {
                var text = StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(bytes))
                        .toString();
                // Editors on Windows put a mark at the start of a file.
                return number == 1 && text.startsWith("\uFEFF") ? text.substring(1) : text;
            } catch (CharacterCodingException e) {
                throw new InvalidRunException("not UTF-8", e);
            }
        }
    }

    private final BufferedInputStream input;
    private final int longestBytes;
    private long number;

    /** @param longestBytes of longer lines nothing is kept */
    LineSource(InputStream input, int longestBytes) {
        this.input = new BufferedInputStream(input, BUFFER_BYTES);
        this.longestBytes = longestBytes;
    }

    /** The next line; null: there is none. Blocks until it is complete. */
    @Nullable
    Line next() throws IOException {
        var bytes = new ByteArrayOutputStream();
        int read = input.read();
        if (read < 0) {
            return null;
        }
        boolean tooLong = false;
        for (; read >= 0 && read != '\n'; read = input.read()) {
            tooLong |= bytes.size() == longestBytes;
            if (!tooLong) {
                bytes.write(read);
            }
        }
        number++;
        return new Line(number, tooLong ? null : bytes.toByteArray(), longestBytes);
    }

    /** Whether more has arrived already. */
    boolean hasMoreNow() throws IOException {
        return input.available() > 0;
    }
}

package com.agenticverz.nova.telemetry;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;

/**
 * Hides the secrets of the process in what is printed. Each text by itself, as it is handed over by a single call of
 * {@code print}, {@code println} or {@code printf}, so that none is held back: one that is printed in pieces is not found.
 */
final class RedactedStream extends FilterOutputStream {

    private final Charset charset;

    private RedactedStream(OutputStream out, Charset charset) {
        super(out);
        this.charset = charset;
    }

    static PrintStream over(PrintStream stream) {
        return new PrintStream(new RedactedStream(stream, stream.charset()), true, stream.charset());
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        if (KnownSecrets.areNone()) {
            out.write(bytes, offset, length);
            return;
        }
        var text = new String(bytes, offset, length, charset);
        var hidden = KnownSecrets.hidden(text);
        if (hidden.equals(text)) {
            // As they are: they need not be text.
            out.write(bytes, offset, length);
        } else {
            out.write(hidden.getBytes(charset));
        }
    }
}

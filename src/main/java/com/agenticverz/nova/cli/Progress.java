package com.agenticverz.nova.cli;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.util.Locale;

/** A line at the bottom of a terminal that says how much of a file is done; it is written over each time. */
final class Progress {

    private static final int BAR_CHARS = 30;
    /** To the start of the line, and nothing right of it: as every terminal understands it. */
    private static final String CLEAR = "\r\u001B[K";

    private final PrintWriter terminal;
    private final long size;
    private final boolean wanted;
    private long read;
    private boolean shown;

    /**
     * @param size of all that there is to read, in bytes; 0: nobody knows, and there is no bar but only the counts
     * @param wanted false: it shows nothing
     */
    Progress(PrintWriter terminal, long size, boolean wanted) {
        this.terminal = terminal;
        this.size = size;
        this.wanted = wanted;
    }

    /** The same input; what is read of it is counted. */
    InputStream counting(InputStream input) {
        return new FilterInputStream(input) {
            @Override
            public int read() throws IOException {
                int one = super.read();
                read += one < 0 ? 0 : 1;
                return one;
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                int many = super.read(bytes, offset, length);
                read += Math.max(many, 0);
                return many;
            }
        };
    }

    /** Shows how far it is. */
    void show(long accepted, long rejected) {
        if (wanted) {
            // It may grow while it is read.
            double done = size == 0 ? 0 : Math.min(1, (double) read / size);
            int filled = (int) (done * BAR_CHARS);
            var bar = size == 0
                    ? ""
                    : String.format(
                            Locale.ROOT, "[%s%s] %3d %%  ", "#".repeat(filled), "-".repeat(BAR_CHARS - filled), (int)
                                    (done * 100));
            terminal.print(
                    CLEAR + bar + String.format(Locale.ROOT, "%,d lines accepted, %,d rejected", accepted, rejected));
            terminal.flush();
            shown = true;
        }
    }

    /** Takes it away, so that something else can be said. */
    void clear() {
        if (shown) {
            terminal.print(CLEAR);
            terminal.flush();
            shown = false;
        }
    }
}

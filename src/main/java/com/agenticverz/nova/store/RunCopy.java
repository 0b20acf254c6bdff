package com.agenticverz.nova.store;

import com.agenticverz.nova.run.NewRun;
import java.io.IOException;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/** Enqueues many runs by one COPY, whose rows are a few times cheaper than those of an INSERT. */
final class RunCopy {

    /** A version 7 id has 62 random bits at its end; the two before them say what kind of id it is. */
    private static final long RANDOM_BITS = 0x3fff_ffff_ffff_ffffL;

    private static final int USUAL_ROW_CHARS = 200;

    private RunCopy() {}

    /**
     * Puts them into the queue.
     *
     * @param first an id that the database has just made; the others count on from there, so that their order is that of
     *     the runs, which share a {@code created_at}
     * @return their ids, in their order
     */
    static List<UUID> into(Connection connection, UUID first, List<NewRun> runs) throws SQLException, IOException {
        var ids = new ArrayList<UUID>(runs.size());
        var rows = new StringBuilder(runs.size() * USUAL_ROW_CHARS);
        // Half of all values are far enough from the largest one.
        var id = new UUID(first.getMostSignificantBits(), first.getLeastSignificantBits() & ~(RANDOM_BITS / 2 + 1));
        for (var run : runs) {
            ids.add(id);
            row(rows, id, run);
            id = new UUID(id.getMostSignificantBits(), id.getLeastSignificantBits() + 1);
        }
        connection
                .unwrap(PGConnection.class)
                .getCopyAPI()
                .copyIn(Sql.named("copy_runs"), new StringReader(rows.toString()));
        return ids;
    }

    private static void row(StringBuilder rows, UUID id, NewRun run) {
        rows.append(id).append('\t');
        text(rows, run.agentId()).append('\t');
        text(rows, run.goal()).append('\t');
        text(rows, run.planJson()).append('\t').append(run.priority()).append('\t');
        value(rows, run.maxAttempts()).append('\t');
        value(rows, run.nextAttemptAt()).append('\t');
        value(rows, run.expiresAt()).append('\t');
        value(rows, run.timeoutSeconds()).append('\t');
        text(rows, run.concurrencyKey()).append('\n');
    }

    private static StringBuilder value(StringBuilder rows, @Nullable Object value) {
        return value == null ? rows.append("\\N") : rows.append(value);
    }

    /** In the text format of COPY, where a backslash, a tab and the ends of lines mean something. */
    private static StringBuilder text(StringBuilder rows, @Nullable String text) {
        if (text == null) {
            return rows.append("\\N");
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '\\' -> rows.append("\\\\");
                case '\t' -> rows.append("\\t");
                case '\n' -> rows.append("\\n");
                case '\r' -> rows.append("\\r");
                default -> rows.append(c);
            }
        }
        return rows;
    }
}

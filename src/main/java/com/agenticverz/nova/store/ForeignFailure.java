package com.agenticverz.nova.store;

import java.io.Serial;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;

/** A statement on a {@link ForeignSource} failed; the message says why, without a value that was bound to it. */
public final class ForeignFailure extends Exception {

    @Serial
    private static final long serialVersionUID = 1;

    /**
     * Connections, transactions that met others, resources, an operator or a timeout. All else would end the same again.
     */
    private static final List<String> RETRYABLE = List.of("08", "40", "53", "57", "58030", "55P03", "25P03", "25P04");

    private static final String DATA_EXCEPTION = "22";
    private static final Pattern QUOTED = Pattern.compile("\".*\"", Pattern.DOTALL);
    private static final int SHORTEST_HIDDEN = 3;

    private final boolean retryable;

    private ForeignFailure(String message, boolean retryable) {
        super(message);
        this.retryable = retryable;
    }

    static ForeignFailure retryable(String message) {
        return new ForeignFailure(message, true);
    }

    static ForeignFailure permanent(String message) {
        return new ForeignFailure(message, false);
    }

    /** What the server or the driver said to a statement to which these texts were bound. */
    static ForeignFailure of(SQLException failure, Collection<String> bound) {
        var state = failure.getSQLState();
        var retryable = state != null && RETRYABLE.stream().anyMatch(state::startsWith);
        return new ForeignFailure(
                (retryable ? "failed" : "refused the statement") + (state == null ? "" : " (SQLSTATE " + state + ")")
                        + ": " + said(failure, bound),
                retryable);
    }

    /** The message alone: detail, hint and context of an error quote the data. */
    private static String said(SQLException failure, Collection<String> bound) {
        @Nullable String said = null;
        if (failure instanceof PSQLException psql && psql.getServerErrorMessage() != null) {
            said = psql.getServerErrorMessage().getMessage();
        }
        if (said == null) {
            said = Database.reason(failure);
        }
        var state = failure.getSQLState();
        if (state != null && state.startsWith(DATA_EXCEPTION)) {
            // Of data that it cannot take, the server quotes all or any part.
            said = QUOTED.matcher(said).replaceAll("\"…\"");
        }
        for (var value : bound) {
            if (value.length() >= SHORTEST_HIDDEN) {
                said = said.replace(value, "…");
            }
        }
        return said.replaceAll("\\s+", " ").strip();
    }

    /** Whether another attempt could end otherwise. */
    public boolean isRetryable() {
        return retryable;
    }
}

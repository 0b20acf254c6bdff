package com.agenticverz.nova.store;

import java.sql.SQLException;

/** A statement over plain JDBC failed. {@link Database#reason} and {@link Database#sqlState} say why. */
final class StatementFailure extends RuntimeException {

    private static final long serialVersionUID = 1L;

    StatementFailure(SQLException cause) {
        super(cause.getMessage(), cause);
    }
}

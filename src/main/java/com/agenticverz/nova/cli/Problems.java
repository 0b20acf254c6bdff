package com.agenticverz.nova.cli;

import com.agenticverz.nova.store.Database;

/** What went wrong with the database, in one line for people. */
public final class Problems {

    /** SQLSTATE: a table that is not there. */
    private static final String UNDEFINED_TABLE = "42P01";

    private Problems() {}

    /** Why, and what to do about it where that is known; without a full stop. */
    public static String of(Throwable failure) {
        var reason = Database.reason(failure).replaceFirst("\\.$", "");
        return UNDEFINED_TABLE.equals(Database.sqlState(failure))
                ? reason + "; the schema is not there: run nova migrate"
                : reason;
    }
}

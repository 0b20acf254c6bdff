package com.agenticverz.nova.store;

import java.sql.SQLException;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.callback.BaseCallback;
import org.flywaydb.core.api.callback.Context;
import org.flywaydb.core.api.callback.Event;

/**
 * A migration waits for a lock for a moment only. Whoever comes after it waits behind it: beside a transaction that stays
 * open, a migration with patience would stop every insert for as long.
 */
final class BriefLocks extends BaseCallback {

    @Override
    public boolean supports(Event event, Context context) {
        return event == Event.BEFORE_EACH_MIGRATE;
    }

    @Override
    public void handle(Event event, Context context) {
        try (var statement = context.getConnection().createStatement()) {
            // Of the transaction alone, so that no session behind a PgBouncer keeps it.
            statement.execute("SET LOCAL lock_timeout = '2s'");
        } catch (SQLException e) {
            throw new FlywayException("cannot set lock_timeout: " + e.getMessage(), e);
        }
    }
}

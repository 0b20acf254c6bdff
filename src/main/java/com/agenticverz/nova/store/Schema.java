package com.agenticverz.nova.store;

import com.agenticverz.nova.telemetry.Events;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationVersion;

/**
 * The schema and its migrations.
 *
 * <p>Several nodes may migrate at the same moment: an advisory lock lets one through after the other. A schema that is
 * newer than this Nova is left alone and works, because migrations only expand.
 */
public final class Schema {

    /**
     * Where the schema stands.
     *
     * @param current the newest migration in the database; empty text: none
     * @param newest the newest migration that this Nova knows
     * @param pending migrations that it would apply
     */
    public record Version(String current, String newest, int pending) {}

    /** "nova" in ASCII. */
    private static final long LOCK = 0x6e6f7661L;

    private static final String LOCK_NOT_AVAILABLE = "55P03";

    private static final int SECONDS_BETWEEN_TRIES = 3;
    private static final int MOST_TRIES = 12;

    private final DataSource source;
    private final Flyway flyway;

    Schema(DataSource source) {
        this.source = source;
        flyway = Flyway.configure(Schema.class.getClassLoader())
                .dataSource(source)
                .locations("classpath:" + Schema.class.getPackageName().replace('.', '/') + "/migrations")
                .table("nova_schema_history")
                // The database may hold other tables, of the platform that enqueues.
                .baselineOnMigrate(true)
                .baselineVersion("0")
                .validateMigrationNaming(true)
                .communityDBSupportEnabled(false)
                .callbacks(new BriefLocks())
                .load();
    }

    /**
     * Brings the schema up to date. A migration that cannot have a table for itself within two seconds, because somebody
     * else's transaction stays open, is tried again a while later, so that runs are enqueued and executed in between.
     *
     * @return how many migrations were applied
     * @throws FlywayException when one failed, or found its table locked for more than a minute; nothing of it is left
     */
    public int migrate() {
        if (version().pending() == 0) {
            return 0;
        }
        // Flyway locks each migration, but not the creation of its own table in a schema that holds other tables. A
        // lock
        // of a transaction, which survives PgBouncer; it goes with the connection, whatever happens.
        try (var lock = source.getConnection()) {
            lock.setAutoCommit(false);
            try (var statement = lock.createStatement()) {
                statement.execute("SELECT pg_advisory_xact_lock(" + LOCK + ")");
                return migrateWhenFree(statement);
            } finally {
                lock.rollback();
            }
        } catch (SQLException e) {
            throw new FlywayException("cannot lock the schema: " + e.getMessage(), e);
        }
    }

    private int migrateWhenFree(Statement holdsTheLock) throws SQLException {
        int pendingBefore = version().pending();
        for (int tries = 1; ; tries++) {
            try {
                flyway.migrate();
                return pendingBefore - version().pending();
            } catch (FlywayException e) {
                if (!LOCK_NOT_AVAILABLE.equals(Database.sqlState(e))) {
                    throw e;
                }
                if (tries == MOST_TRIES) {
                    var failure =
                            new FlywayException("a transaction that stays open, such as a dump, keeps a table locked"
                                    + " that has to be changed; tried " + tries + " times in a minute");
                    failure.addSuppressed(e);
                    throw failure;
                }
                Events.schemaWaiting(Database.reason(e).replaceFirst("^ERROR: ", ""), tries, MOST_TRIES);
                // There, and not on this thread: should the connection be lost, so is the lock.
                holdsTheLock.execute("SELECT pg_sleep(" + SECONDS_BETWEEN_TRIES + ")");
            }
        }
    }

    /** Where the schema stands. */
    public Version version() {
        var info = flyway.info();
        var newest = Arrays.stream(info.all())
                .filter(migration -> !migration.getState().name().startsWith("FUTURE"))
                .map(MigrationInfo::getVersion)
                .map(MigrationVersion::getVersion)
                .reduce((_, last) -> last)
                .orElse("");
        var current = info.current();
        return new Version(
                current == null || current.getVersion() == null
                        ? ""
                        : current.getVersion().getVersion(),
                newest,
                info.pending().length);
    }
}

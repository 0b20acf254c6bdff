package com.agenticverz.nova.store;

import java.sql.SQLException;
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
                .load();
    }

    /**
     * Brings the schema up to date.
     *
     * @return how many migrations were applied
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
                return flyway.migrate().migrationsExecuted;
            } finally {
                lock.rollback();
            }
        } catch (SQLException e) {
            throw new FlywayException("cannot lock the schema: " + e.getMessage(), e);
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

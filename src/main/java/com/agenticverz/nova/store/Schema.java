package com.agenticverz.nova.store;

import java.util.Arrays;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationVersion;

/**
 * The schema and its migrations.
 *
 * <p>Several nodes may migrate at the same moment: Flyway takes an advisory lock in a transaction. A schema that is
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

    private final Flyway flyway;

    Schema(DataSource source) {
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
        return flyway.migrate().migrationsExecuted;
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

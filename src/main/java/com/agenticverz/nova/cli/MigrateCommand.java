package com.agenticverz.nova.cli;

import com.agenticverz.nova.node.DatabaseStart;
import com.agenticverz.nova.node.StartFailure;
import com.agenticverz.nova.store.Database;
import com.agenticverz.nova.telemetry.Logging;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;

/** {@code migrate}: the schema of today. */
@Command(
        name = "migrate",
        description = {
            "Bring the schema up to date. A worker does the same when it starts, and several may do it at once.",
            "Waits for a database that is not there yet, at most DATABASE_START_TIMEOUT."
        },
        mixinStandardHelpOptions = true)
public final class MigrateCommand implements Callable<Integer> {

    @CommandLine.Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private DatabaseFlags database = new DatabaseFlags();

    @Override
    public Integer call() {
        Logging.quiet();
        var settings = database.settings();
        DatabaseStart.await(settings, System::nanoTime);
        try (var opened = Database.open(settings.url(), settings.directUrl())) {
            var schema = opened.schema();
            var from = schema.version();
            int applied = schema.migrate();
            var to = schema.version();
            var out = spec.commandLine().getOut();
            out.println(
                    applied == 0
                            ? "schema: " + shown(to.current()) + ", nothing to do"
                            : "schema: " + shown(from.current()) + " -> " + shown(to.current()));
            out.flush();
            return 0;
        } catch (RuntimeException e) {
            throw new StartFailure("the schema cannot be brought up to date: " + Problems.of(e), e);
        }
    }

    /** Flyway begins with a version 0 where other tables were there first. */
    static String shown(String version) {
        return version.isEmpty() || version.equals("0") ? "none" : version;
    }
}

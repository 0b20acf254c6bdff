package com.agenticverz.nova.cli;

import com.agenticverz.nova.node.Settings;
import com.agenticverz.nova.setting.SettingException;
import com.agenticverz.nova.skill.InvalidSkillsException;
import com.agenticverz.nova.skill.Secrets;
import com.agenticverz.nova.skill.SkillRegistry;
import com.agenticverz.nova.store.ControlStore;
import com.agenticverz.nova.store.Database;
import com.agenticverz.nova.store.DatabaseSettings;
import com.agenticverz.nova.store.DatabaseUrl;
import com.agenticverz.nova.store.Schema;
import com.agenticverz.nova.store.Server;
import com.agenticverz.nova.telemetry.Logging;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;

/** {@code check}: what a worker would find here. */
@Command(
        name = "check",
        description = {
            "Say whether a worker could start here: settings, skills, database, schema.",
            "Prints a line for each, ok or FAIL, and changes nothing. Exit code 0: all is fine; 1: something is not."
        },
        mixinStandardHelpOptions = true)
public final class CheckCommand implements Callable<Integer> {

    @CommandLine.Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private DatabaseFlags database = new DatabaseFlags();

    @Mixin
    private NodeFlags flags = new NodeFlags();

    private boolean failed;

    @Override
    public Integer call() {
        Logging.quiet();
        var given = new LinkedHashMap<>(database.given());
        given.putAll(flags.given());
        checkSettings(given);
        checkSkills(flags.given());
        checkDatabase();
        return failed ? 1 : 0;
    }

    private void checkSettings(Map<String, String> given) {
        try {
            var settings = Settings.load(System.getenv(), given);
            settings.warnings().forEach(warning -> line("warn", "settings", warning));
            line("ok", "settings", "");
            line("ok", "deletes", settings.retention().deletes());
        } catch (SettingException bad) {
            bad.problems().forEach(problem -> fail("settings", problem.text()));
        }
    }

    /** Names only; what is wrong with one matters once a plan refers to it. */
    private void checkSecrets(Secrets secrets) {
        var names = secrets.names();
        line("ok", "secrets", names.isEmpty() ? "none" : String.join(", ", names));
        for (var name : names) {
            var problem = secrets.problem(name);
            if (problem != null) {
                line("warn", "secrets", problem);
            }
        }
    }

    private void checkSkills(Map<String, String> given) {
        try {
            var settings = Settings.loadSkills(System.getenv(), given);
            checkSecrets(settings.secrets());
            var skills = SkillRegistry.load(settings);
            var bySource = new TreeMap<String, List<String>>();
            skills.names()
                    .forEach(name -> bySource.computeIfAbsent(skills.source(name), _ -> new ArrayList<>())
                            .add(name));
            bySource.forEach((source, names) -> line("ok", "skills", source + ": " + String.join(", ", names)));
        } catch (SettingException bad) {
            line("-", "skills", "not checked: their settings cannot be read");
        } catch (InvalidSkillsException bad) {
            bad.problems().forEach(problem -> fail("skills", problem));
        }
    }

    private void checkDatabase() {
        DatabaseSettings settings;
        try {
            settings = database.settings();
        } catch (SettingException bad) {
            // The settings' own line says what is wrong.
            line("-", "database", "not checked: its settings are bad");
            return;
        }
        var answers = server("DATABASE_URL", settings.url());
        boolean pooled = !settings.directUrl().equals(settings.url());
        boolean directAnswers = pooled ? server("DATABASE_DIRECT_URL", settings.directUrl()) : answers;
        if (directAnswers) {
            checkSchema(settings);
        } else {
            line("-", "schema", "not checked: the database does not answer");
        }
    }

    private boolean server(String variable, DatabaseUrl url) {
        Optional<Server> server = Optional.empty();
        try {
            server = Optional.of(Database.ask(url));
        } catch (RuntimeException e) {
            fail("database", variable + ": " + url + ": " + Problems.of(e));
        }
        server.ifPresent(it -> {
            var what = url + " is PostgreSQL " + it.version();
            if (it.versionNumber() < Server.OLDEST_VERSION_NUMBER) {
                fail("database", variable + ": " + what + ", but Nova needs 14 or newer");
            } else {
                line("ok", "database", what);
            }
        });
        return server.isPresent();
    }

    private void checkSchema(DatabaseSettings settings) {
        try (var opened = Database.open(settings.url(), settings.directUrl())) {
            var version = opened.schema().version();
            if (version.pending() == 0) {
                line("ok", "schema", "version " + version.current() + newer(version));
                checkControl(opened.control());
            } else {
                fail(
                        "schema",
                        "version " + MigrateCommand.shown(version.current()) + ", but this Nova needs "
                                + version.newest() + ": run nova migrate, or start a worker, which does it too");
            }
        } catch (RuntimeException e) {
            fail("schema", Problems.of(e));
        }
    }

    /** A skill that nobody has may be one that is yet to come, or a name that is not as it was meant. */
    private void checkControl(ControlStore store) {
        int limits = store.limits().size();
        line("ok", "limits", limits == 0 ? "none" : Integer.toString(limits));
        store.steeredSkillsOfNobody()
                .forEach(it -> line("warn", it.table(), "skill " + it.skill() + ": no node has a skill of that name"));
    }

    private static String newer(Schema.Version version) {
        return version.current().equals(version.newest())
                ? ""
                : ", newer than the " + version.newest() + " of this Nova, which works";
    }

    private void fail(String part, String problem) {
        failed = true;
        line("FAIL", part, problem);
    }

    private void line(String verdict, String part, String detail) {
        PrintWriter out = spec.commandLine().getOut();
        out.println("%-4s  %-8s  %s".formatted(verdict, part, detail).stripTrailing());
        out.flush();
    }
}

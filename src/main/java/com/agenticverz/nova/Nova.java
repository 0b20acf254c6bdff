package com.agenticverz.nova;

import com.agenticverz.nova.cli.CheckCommand;
import com.agenticverz.nova.cli.DevCommand;
import com.agenticverz.nova.cli.EnqueueCommand;
import com.agenticverz.nova.cli.MigrateCommand;
import com.agenticverz.nova.cli.Problems;
import com.agenticverz.nova.cli.SkillsCommand;
import com.agenticverz.nova.cli.StatusCommand;
import com.agenticverz.nova.cli.WorkerCommand;
import com.agenticverz.nova.cli.bench.BenchCommand;
import com.agenticverz.nova.cli.control.AuditCommand;
import com.agenticverz.nova.cli.control.LimitsCommand;
import com.agenticverz.nova.cli.control.PauseCommand;
import com.agenticverz.nova.cli.control.ResumeCommand;
import com.agenticverz.nova.cli.nodes.NodesCommand;
import com.agenticverz.nova.cli.runs.RunsCommand;
import com.agenticverz.nova.cli.schedules.SchedulesCommand;
import com.agenticverz.nova.node.Node;
import com.agenticverz.nova.node.StartFailure;
import com.agenticverz.nova.setting.SettingException;
import com.agenticverz.nova.skill.InvalidSkillsException;
import com.agenticverz.nova.store.Database;
import java.io.PrintWriter;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command tree. */
@Command(
        name = "nova",
        description = "Executes asynchronous runs stored in PostgreSQL.",
        footer = {"", "nova COMMAND --help names the flags of a command and the environment variable behind each."},
        mixinStandardHelpOptions = true,
        versionProvider = Nova.Version.class,
        subcommands = {
            DevCommand.class,
            WorkerCommand.class,
            CheckCommand.class,
            MigrateCommand.class,
            EnqueueCommand.class,
            StatusCommand.class,
            SkillsCommand.class,
            RunsCommand.class,
            NodesCommand.class,
            PauseCommand.class,
            ResumeCommand.class,
            LimitsCommand.class,
            AuditCommand.class,
            SchedulesCommand.class,
            BenchCommand.class,
            CommandLine.HelpCommand.class
        })
public final class Nova implements Runnable {

    private static final int FAILED = 1;
    private static final int BAD_USAGE = 2;

    /** Set to anything: failures come with their stack traces. */
    private static final String DEBUG = "NOVA_DEBUG";

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    private Nova() {}

    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"nova " + Node.version()};
        }
    }

    /** Ends the process with the exit code of the command. */
    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return new CommandLine(new Nova())
                // @plan.json is a value of --plan here, and not a file with further arguments.
                .setExpandAtFiles(false)
                .setParameterExceptionHandler((bad, _) -> usage(bad))
                .setExecutionExceptionHandler((failure, command, _) -> failed(failure, command.getErr()));
    }

    /** Every line that goes wrong says what; the stack trace is for those who ask for it. */
    private static int failed(Exception failure, PrintWriter err) {
        if (System.getenv(DEBUG) != null) {
            failure.printStackTrace(err);
        }
        return switch (failure) {
            case SettingException bad -> say(err, String.valueOf(bad.getMessage()), BAD_USAGE);
            case StartFailure failed -> say(err, String.valueOf(failed.getMessage()), FAILED);
            case InvalidSkillsException bad -> say(err, notStarted(bad.problems()), BAD_USAGE);
            case IllegalArgumentException bad -> say(err, bad.getMessage() + ". Nova did not start.", BAD_USAGE);
            default ->
                say(
                        err,
                        Database.sqlState(failure) != null
                                ? "the database: " + Problems.of(failure)
                                : "unexpected: " + failure.toString().replaceAll("\\s+", " ") + "; with " + DEBUG
                                        + "=1 it shows where",
                        FAILED);
        };
    }

    private static String notStarted(List<String> problems) {
        return problems.stream()
                .map(problem -> problem + ". Nova did not start.")
                .collect(Collectors.joining("\n"));
    }

    private static int usage(ParameterException bad) {
        var command = bad.getCommandLine();
        var err = command.getErr();
        say(err, String.valueOf(bad.getMessage()), BAD_USAGE);
        if (!UnmatchedArgumentException.printSuggestions(bad, err)) {
            err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
        }
        err.flush();
        return BAD_USAGE;
    }

    private static int say(PrintWriter err, String problem, int exitCode) {
        problem.lines().forEach(line -> err.println("nova: " + line));
        err.flush();
        return exitCode;
    }

    @Override
    public void run() {
        var out = spec.commandLine().getOut();
        spec.commandLine().usage(out);
        out.flush();
    }
}

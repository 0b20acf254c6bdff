package com.agenticverz.nova;

import com.agenticverz.nova.cli.WorkerCommand;
import com.agenticverz.nova.node.Node;
import com.agenticverz.nova.node.StartFailure;
import com.agenticverz.nova.setting.SettingException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** The command tree. */
@Command(
        name = "nova",
        description = "Executes asynchronous runs stored in PostgreSQL.",
        mixinStandardHelpOptions = true,
        versionProvider = Nova.Version.class,
        subcommands = {WorkerCommand.class, CommandLine.HelpCommand.class})
public final class Nova implements Runnable {

    private static final int FAILED = 1;
    private static final int BAD_SETTING = 2;

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

    private static CommandLine commandLine() {
        return new CommandLine(new Nova()).setExecutionExceptionHandler((failure, command, _) -> switch (failure) {
            case SettingException bad -> say(bad.getMessage(), BAD_SETTING);
            case StartFailure failed -> say(failed.getMessage(), FAILED);
            case IllegalArgumentException bad -> say(bad.getMessage() + ". Nova did not start.", BAD_SETTING);
            default -> throw failure;
        });
    }

    private static int say(String problem, int exitCode) {
        problem.lines().forEach(line -> System.err.println("nova: " + line));
        return exitCode;
    }

    @Override
    public void run() {
        spec.commandLine().usage(System.out);
    }
}

package com.agenticverz.nova.cli.runs;

import com.agenticverz.nova.cli.DatabaseFlags;
import com.agenticverz.nova.node.StartFailure;
import com.agenticverz.nova.store.SignalRefusedException;
import com.agenticverz.nova.store.SignalRefusedException.Reason;
import com.agenticverz.nova.telemetry.Logging;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code runs signal}: sends a signal to a run. */
@Command(
        name = "signal",
        description = {
            "Send a signal to a run, before or while a step of it waits for that: see wait_for_signal. Prints what became of"
                    + " it: woken (the run slept until it should come), kept (it is there when the run asks), known (one with"
                    + " this key was sent before).",
            "Exit code 1: there is no such run, or it has ended."
        },
        mixinStandardHelpOptions = true)
final class RunsSignal implements Callable<Integer> {

    @CommandLine.Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(index = "0", paramLabel = "ID", description = "The run.")
    private UUID id = new UUID(0, 0);

    @Parameters(index = "1", paramLabel = "NAME", description = "What the step calls it.")
    private String name = "";

    @Option(
            names = "--payload",
            paramLabel = "JSON|@FILE",
            defaultValue = "null",
            description = "What the step gets, as JSON or in a file; default: null.")
    private String payload = "";

    @Option(
            names = "--key",
            paramLabel = "KEY",
            description = "A second signal to the run with the same key changes nothing.")
    private @Nullable String key;

    @Mixin
    private DatabaseFlags database = new DatabaseFlags();

    @Override
    public Integer call() {
        Logging.quiet();
        var json = payloadText();
        try (var opened = database.open()) {
            var out = spec.commandLine().getOut();
            out.println(
                    switch (opened.interventions().signal(id, name, json, key)) {
                        case WOKEN -> id + " woken";
                        case KEPT -> id + " kept";
                        case KNOWN -> id + " known";
                    });
            out.flush();
            return 0;
        } catch (SignalRefusedException e) {
            if (e.reason() == Reason.INVALID) {
                throw bad(e.getMessage());
            }
            throw new StartFailure(String.valueOf(e.getMessage()), e);
        }
    }

    private String payloadText() {
        if (!payload.startsWith("@")) {
            return payload;
        }
        try {
            return Files.readString(Path.of(payload.substring(1)));
        } catch (IOException e) {
            throw bad("--payload: the file " + payload.substring(1) + " cannot be read");
        }
    }

    private ParameterException bad(@Nullable String problem) {
        return new ParameterException(spec.commandLine(), String.valueOf(problem));
    }
}

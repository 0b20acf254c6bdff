package com.agenticverz.nova.cli.control;

import com.agenticverz.nova.store.Pause;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** What is paused or resumed. */
final class PauseFlags {

    @Option(names = "--all", description = "Everything.")
    private boolean all;

    @Option(names = "--agent", paramLabel = "ID", description = "The runs of an agent.")
    private @Nullable String agent;

    @Option(names = "--skill", paramLabel = "NAME", description = "The runs with a step of this skill.")
    private @Nullable String skill;

    /** @throws ParameterException when it is not exactly one */
    Pause pause(CommandLine command) {
        var choice = Choice.one(
                command,
                List.of(
                        new Choice<>("--all", Pause.Kind.ALL, all ? "" : null),
                        new Choice<>("--agent", Pause.Kind.AGENT, agent),
                        new Choice<>("--skill", Pause.Kind.SKILL, skill)));
        if (choice.kind() != Pause.Kind.ALL && choice.text().isEmpty()) {
            throw new ParameterException(command, choice.flag() + " is empty");
        }
        return new Pause(choice.kind(), choice.text());
    }
}

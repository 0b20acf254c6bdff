package com.agenticverz.nova.cli.control;

import com.agenticverz.nova.store.Limit;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** What a limit is for. */
final class LimitFlags {

    @Option(names = "--agent", paramLabel = "ID", description = "Agents; * stands for any characters.")
    private @Nullable String agent;

    @Option(names = "--skill", paramLabel = "NAME", description = "Skills.")
    private @Nullable String skill;

    @Option(names = "--key", paramLabel = "KEY", description = "Concurrency keys: the column concurrency_key of runs.")
    private @Nullable String key;

    /**
     * The kind and the name or pattern.
     *
     * @throws ParameterException when it is not exactly one
     */
    Choice<Limit.Kind> chosen(CommandLine command) {
        return Choice.one(
                command,
                List.of(
                        new Choice<>("--agent", Limit.Kind.AGENT, agent),
                        new Choice<>("--skill", Limit.Kind.SKILL, skill),
                        new Choice<>("--key", Limit.Kind.KEY, key)));
    }
}

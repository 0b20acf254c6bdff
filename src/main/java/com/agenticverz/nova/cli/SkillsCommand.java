package com.agenticverz.nova.cli;

import com.agenticverz.nova.node.Settings;
import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.skill.PlanReader;
import com.agenticverz.nova.skill.Skill;
import com.agenticverz.nova.skill.SkillRegistry;
import com.agenticverz.nova.telemetry.Logging;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code skills}: what steps can do here. */
@Command(
        name = "skills",
        description = {
            "List the skills that a worker would have here, or describe one with its params.",
            "Reads their settings as worker does, so it says what is wrong with them; needs no database."
        },
        mixinStandardHelpOptions = true)
public final class SkillsCommand implements Callable<Integer> {

    private static final int FAILED = 1;

    @CommandLine.Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(arity = "0..1", paramLabel = "NAME", description = "Of the skill to describe.")
    private @Nullable String name;

    @Option(names = "--json", description = "The list as JSON; of one skill: the JSON Schema of its params.")
    private boolean json;

    @Option(names = "--plan-schema", description = "Print the JSON Schema of plans, for editors, and nothing else.")
    private boolean planSchema;

    @Option(
            names = "--skills-dir",
            paramLabel = "DIRECTORY",
            description = "NOVA_SKILLS_DIR; jars with skills of yours. Default: skills, if it is there.")
    private @Nullable String directory;

    @Override
    public Integer call() {
        Logging.quiet();
        if (planSchema) {
            if (name != null || json) {
                throw new ParameterException(spec.commandLine(), "--plan-schema goes without NAME and --json");
            }
            return print(List.of(PlanReader.schema().stripTrailing()));
        }
        Map<String, String> flags = directory == null ? Map.of() : Map.of("--skills-dir", directory);
        var skills = SkillRegistry.load(Settings.loadSkills(System.getenv(), flags));
        try {
            return name == null ? list(skills) : describe(name, skills);
        } finally {
            skills.close();
        }
    }

    private int list(SkillRegistry skills) {
        if (json) {
            return print(List.of(Json.write(skills.names().stream()
                    .map(it -> {
                        var skill = new LinkedHashMap<String, @Nullable Object>();
                        skill.put("name", it);
                        skill.put("source", skills.source(it));
                        skill.put("version", skills.version(it));
                        skill.put("description", description(skills, it));
                        return skill;
                    })
                    .toList())));
        }
        return print(Columns.of(skills.names().stream()
                .map(it -> List.of(it, skills.source(it), skills.version(it), description(skills, it)))
                .toList()));
    }

    private int describe(String name, SkillRegistry skills) {
        var skill = skills.find(name)
                .orElseThrow(() -> new ParameterException(
                        spec.commandLine(),
                        "there is no skill '" + name + "'; there are " + String.join(", ", skills.names())));
        String schema;
        try {
            schema = skill.paramsSchema();
        } catch (RuntimeException | LinkageError e) {
            return fail("the params schema of " + name + " cannot be read: " + e);
        }
        if (json) {
            return schema == null
                    ? fail(name + " has no params schema: " + name + ".params.json beside its class")
                    : print(List.of(schema.stripTrailing()));
        }
        print(List.of(
                name + " (" + skills.source(name) + ", version " + skills.version(name) + ")",
                description(skills, name),
                ""));
        if (schema == null) {
            return print(List.of("It does not say which params it takes."));
        }
        try {
            return print(ParamsTable.of(name, schema));
        } catch (IllegalArgumentException e) {
            return fail("the params schema of " + name + ": " + e.getMessage());
        }
    }

    /** It may be code of others. */
    private static String description(SkillRegistry skills, String name) {
        try {
            return skills.find(name).map(Skill::description).orElse("").strip().replaceAll("\\s+", " ");
        } catch (RuntimeException | LinkageError e) {
            return "(cannot say what it does: " + e.toString().replaceAll("\\s+", " ") + ")";
        }
    }

    private int print(List<String> lines) {
        PrintWriter out = spec.commandLine().getOut();
        lines.forEach(out::println);
        out.flush();
        return 0;
    }

    private int fail(String problem) {
        PrintWriter err = spec.commandLine().getErr();
        err.println("nova: " + problem.replaceAll("\\s+", " "));
        err.flush();
        return FAILED;
    }
}

package com.agenticverz.nova.cli;

import com.agenticverz.nova.skill.Json;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The flags that say a plan: all of it, or that of one step. */
public final class PlanFlags {

    @Option(names = "--skill", paramLabel = "NAME", description = "A plan of one step: this skill.")
    private @Nullable String skill;

    @Option(names = "--params", paramLabel = "JSON", description = "The params of --skill, an object.")
    private @Nullable String params;

    @Option(
            names = "--plan",
            paramLabel = "JSON|@FILE",
            description = "The plan, as JSON or in a file, instead of --skill.")
    private @Nullable String plan;

    /**
     * The plan as a JSON value; null: none was given.
     *
     * @throws IllegalArgumentException when it is no JSON, cannot be read, or is said twice; the message says why
     */
    public @Nullable Object value() {
        if (skill != null && plan != null) {
            throw new IllegalArgumentException("--skill and --plan exclude each other");
        }
        if (params != null && skill == null) {
            throw new IllegalArgumentException("--params needs --skill; the params of --plan stand in the plan");
        }
        if (plan != null) {
            return json("--plan", plan.startsWith("@") ? read(plan.substring(1)) : plan);
        }
        if (skill == null) {
            return null;
        }
        var step = new LinkedHashMap<String, @Nullable Object>();
        step.put("skill", skill);
        if (params != null) {
            step.put("params", json("--params", params));
        }
        return Map.of("steps", List.of(step));
    }

    private static String read(String file) {
        try {
            return Files.readString(Path.of(file));
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "--plan: the file " + file + " cannot be read: "
                            + switch (e) {
                                case NoSuchFileException _ -> "there is no such file";
                                case AccessDeniedException _ -> "access is denied";
                                default -> String.valueOf(e.getMessage());
                            },
                    e);
        }
    }

    private static @Nullable Object json(String flag, String text) {
        try {
            return Json.read(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    flag + ": " + String.valueOf(e.getMessage()).replaceAll("\\s+", " "), e);
        }
    }
}

package com.agenticverz.nova.scenario;

import com.agenticverz.nova.skill.Skill;
import com.agenticverz.nova.skill.SkillContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Waits until the file {@code until} is there, whatever anybody says to it: a native call, a loop that catches everything. */
public final class DeafSkill implements Skill {

    /** What is there once the skill works for that run. */
    static Path begun(Path until, UUID run) {
        return until.resolveSibling("begun-" + run);
    }

    @Override
    public String name() {
        return "deaf";
    }

    @Override
    public Object run(Map<String, @Nullable Object> params, SkillContext context) throws IOException {
        var file = Path.of(String.valueOf(params.get("until")));
        Files.createDirectory(begun(file, context.runId()));
        while (!Files.exists(file)) {
            try {
                Thread.sleep(100);
            } catch (InterruptedException e) {
                // That is what it is about.
            }
        }
        return "late";
    }
}

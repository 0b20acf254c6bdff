package com.agenticverz.nova.execute;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.run.Ending;
import com.agenticverz.nova.run.Run;
import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.skill.Secrets;
import com.agenticverz.nova.skill.SkillRegistry;
import com.agenticverz.nova.skill.SkillSettings;
import com.agenticverz.nova.telemetry.Metrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The examples of the page on plans do what it says. */
class PlansPageTest {

    private static final Path PAGE = Path.of("src/site/markdown/plans.md");
    private static final Pattern BLOCK = Pattern.compile("```json\\R(.*?)```", Pattern.DOTALL);

    @Test
    void eachExampleEndsAsThePageSays() throws Exception {
        var blocks = blocks();

        assertThat(blocks).hasSize(14);
        var secrets = Secrets.of(Map.of("NOVA_SECRET_API_KEY", "value of the key"), null);
        try (var metrics = Metrics.start()) {
            for (int i = 0; i < blocks.size(); i += 2) {
                var run = new Run(UUID.randomUUID(), "me", blocks.get(i), 0, 5, null, 0);
                var ending = new PlanExecution(
                                SkillRegistry.load(new SkillSettings(null, Map.of(), secrets)),
                                TestTries.of(metrics),
                                System::nanoTime,
                                run,
                                TestCheckpoints::new,
                                new TestSignals(),
                                new TestReports())
                        .execute();

                assertThat(ending).isEqualTo(new Ending.Succeeded(Json.write(Json.read(blocks.get(i + 1)))));
            }
        }
    }

    private static List<String> blocks() throws IOException {
        return BLOCK.matcher(Files.readString(PAGE))
                .results()
                .map((MatchResult it) -> it.group(1))
                .toList();
    }
}

package com.agenticverz.nova.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The page on skills of the user, followed on a real node: its settings, its INSERT, its SELECT, its refusal. */
class SampleSkillIT {

    private static final Duration SOON = Duration.ofSeconds(60);

    @RegisterExtension
    final Scenario scenario = Scenario.create();

    @TempDir
    private Path folder;

    @Test
    void aRunOfThePageEndsAsThePageSays() {
        var skills = SampleProject.jar(folder.resolve("skills").resolve("invoice.jar"))
                .getParent();
        var sql = scenario.sql();
        var statements = SkillPage.blocks(SkillPage.PAGE, "sql");

        scenario.node("NOVA_SKILLS_DIR", skills.toString(), "NOVA_CONFIG", SampleProject.SETTINGS.toString())
                .awaitPolling();
        sql.execute(statements.get(0));
        // The page says to do the same again does no harm.
        sql.execute(statements.get(0));

        var id = sql.one(UUID.class, "SELECT id FROM runs");
        sql.awaitStatus(SOON, id, "succeeded");
        var row = sql.rows(statements.get(1).replace(";", "")).getFirst();
        assertThat(SkillPage.text(SkillPage.PAGE))
                .contains("\n" + row.get("status") + " | " + row.get("result") + " |\n");
        assertThat(row.get("error_message")).isNull();
        scenario.assertEachSettledOnce();
    }

    @Test
    void aWrongSettingStopsTheStartAsThePageSays() throws Exception {
        var skills = SampleProject.jar(folder.resolve("skills").resolve("invoice.jar"))
                .getParent();
        var settings = Files.writeString(
                folder.resolve("nova.conf"),
                Files.readString(SampleProject.SETTINGS).replace("= 19", "= 190"));

        var node = scenario.node("NOVA_SKILLS_DIR", skills.toString(), "NOVA_CONFIG", settings.toString());

        assertThat(node.awaitExit(SOON)).isEqualTo(2);
        assertThat(node.errorLines()).hasSize(1);
        assertThat(SkillPage.text(SkillPage.PAGE))
                .contains("\n" + node.errorLines().getFirst() + "\n");
    }
}

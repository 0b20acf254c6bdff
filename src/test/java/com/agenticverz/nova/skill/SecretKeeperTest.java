package com.agenticverz.nova.skill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.agenticverz.nova.telemetry.Redaction;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class SecretKeeperTest {

    @Test
    void whatASkillSaysOfItselfMeanwhileHasNoSecret() throws Exception {
        var context = new TestContext(UUID.randomUUID(), "me", "s1", 1, 5);
        var skill = new TestSkill("says", (params, it) -> {
            it.progress(0.5, "with " + params.get("a"));
            it.progress(0.6, null);
            it.heartbeat(Map.of("at", List.of(String.valueOf(params.get("a")))));
            return it.lastHeartbeat();
        });
        var kept = new SecretKeeper(skill, Secrets.of(Map.of("NOVA_SECRET_KEY", "said aloud"), null), Redaction.NONE);

        var output = kept.run(Map.of("a", new SecretText(List.of(new SecretText.Part.Secret("KEY")))), context);

        assertThat(context.progress()).containsExactly("0.5 with ${secret:KEY}", "0.6 null");
        assertThat(context.heartbeats()).containsExactly(Map.of("at", List.of("${secret:KEY}")));
        assertThat(output).isEqualTo(Map.of("at", List.of("${secret:KEY}")));
    }

    @Test
    void aSignalIsNotAskedForByASecret() {
        var context = new TestContext(UUID.randomUUID(), "me", "s1", 1, 5);
        var skill = new TestSkill("asks", (params, it) -> it.signal("for " + params.get("a")));
        var kept = new SecretKeeper(skill, Secrets.of(Map.of("NOVA_SECRET_KEY", "said aloud"), null), Redaction.NONE);

        assertThatThrownBy(() ->
                        kept.run(Map.of("a", new SecretText(List.of(new SecretText.Part.Secret("KEY")))), context))
                .isInstanceOf(SkillFailure.class)
                .hasMessage(
                        "the name of the signal that it waits for holds a secret: for ${secret:KEY}; it would stand in"
                                + " the table");
    }
}

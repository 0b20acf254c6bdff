package com.agenticverz.nova.execute;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.run.Ending;
import com.agenticverz.nova.run.TestRuns;
import com.agenticverz.nova.skill.Secrets;
import com.agenticverz.nova.skill.Skill;
import com.agenticverz.nova.skill.SkillFailure;
import com.agenticverz.nova.skill.SkillRegistry;
import com.agenticverz.nova.skill.Snooze;
import com.agenticverz.nova.skill.TestSkill;
import com.agenticverz.nova.telemetry.Metrics;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a step does with secrets, and what nobody sees of it. */
@Timeout(30)
class StepSecretsTest {

    private static final String KEY = "k-0123456789";
    private static final Secrets SECRETS =
            Secrets.of(Map.of("NOVA_SECRET_KEY", KEY, "NOVA_SECRET_SHORT", "12345"), null);

    private static Metrics metrics;

    private final List<Object> got = Collections.synchronizedList(new ArrayList<>());

    @BeforeAll
    static void start() {
        metrics = Metrics.start();
    }

    @AfterAll
    static void stop() {
        metrics.close();
    }

    @Test
    void theSkillGetsThemAndTheResultHasNone() throws Exception {
        var ending = execute("""
                {"skill": "note", "params": {"a": "Bearer ${secret:KEY}", "b": [{"c": "${secret:KEY}"}], "d": "$${secret:KEY}"}}""");

        assertThat(got)
                .containsExactly(Map.of("a", "Bearer " + KEY, "b", List.of(Map.of("c", KEY)), "d", "${secret:KEY}"));
        assertThat(ending)
                .isEqualTo(new Ending.Succeeded(
                        "{\"s1\":{\"a\":\"Bearer ${secret:KEY}\",\"b\":[{\"c\":\"${secret:KEY}\"}],"
                                + "\"d\":\"${secret:KEY}\"}}"));
    }

    @Test
    void whatAStepHasPutOutIsNeverTakenForASecret() throws Exception {
        execute("""
                {"id": "first", "skill": "note", "params": {"a": "$${secret:KEY}", "b": "${secret:KEY}"}},
                {"skill": "note", "params": {"a": "${first.a}", "b": {"$": "first.b"}, "c": "${first.b} ${secret:KEY}"}}""");

        assertThat(got.getLast())
                .isEqualTo(Map.of("a", "${secret:KEY}", "b", "${secret:KEY}", "c", "${secret:KEY} " + KEY));
    }

    @Test
    void theNextStepSeesTheSameWhetherTheAttemptWentOnOrAnotherBegan() throws Exception {
        var steps = """
                {"id": "first", "skill": "note", "params": {"a": "x ${secret:KEY}"}},
                {"skill": "note", "params": {"got": "${first.a}", "as": {"$": "first"}}}""";
        var checkpoints = new TestCheckpoints();
        execute(checkpoints, steps);
        var atOnce = got.getLast();
        assertThat(checkpoints.kept)
                .hasSize(1)
                .first()
                .extracting(Checkpoints.Step::outputJson)
                .isEqualTo("{\"a\":\"x ${secret:KEY}\"}");
        got.clear();

        execute(checkpoints, steps);

        assertThat(got).containsExactly(atOnce);
        assertThat(atOnce).isEqualTo(Map.of("got", "x ${secret:KEY}", "as", Map.of("a", "x ${secret:KEY}")));
    }

    @Test
    void eachItemOfAStepGetsThemAndTellsNone() throws Exception {
        var checkpoints = new TestCheckpoints();
        var ending = execute(checkpoints, """
                {"id": "list", "skill": "note", "params": {"of": ["a", "$${secret:KEY}"]}},
                {"id": "each", "skill": "note", "for_each": "list.of", "max_parallel": 1, "needs": ["list"],
                  "params": {"a": "${item} ${secret:KEY}"}}""");

        assertThat(got.subList(1, got.size()))
                .containsExactly(Map.of("a", "a " + KEY), Map.of("a", "${secret:KEY} " + KEY));
        assertThat(ending)
                .isEqualTo(new Ending.Succeeded("{\"list\":{\"of\":[\"a\",\"${secret:KEY}\"]},"
                        + "\"each\":[{\"a\":\"a ${secret:KEY}\"},{\"a\":\"${secret:KEY} ${secret:KEY}\"}]}"));
        assertThat(checkpoints.kept.toString()).contains("each[0]").doesNotContain(KEY);
    }

    @Test
    void noFailureTellsThem() throws Exception {
        assertThat(execute(step("permanent")))
                .isEqualTo(new Ending.Failed("step s1 (permanent): no: ${secret:KEY}", false));
        assertThat(execute(step("retryable")))
                .isEqualTo(new Ending.Failed("step s1 (retryable): no: ${secret:KEY}", true));
        assertThat(execute(step("exception")))
                .isEqualTo(new Ending.Failed("step s1 (exception): java.io.IOException: no: ${secret:KEY}", true));
        assertThat(execute(step("error")))
                .isEqualTo(new Ending.Failed("step s1 (error): java.lang.AssertionError: no: ${secret:KEY}", true));
        assertThat(execute(step("unwritable")))
                .isEqualTo(new Ending.Failed(
                        "step s1 (unwritable): its output has no JSON form: no: ${secret:KEY}", false));
    }

    @Test
    void neitherDoesAFailureThatIsKept() throws Exception {
        var checkpoints = new TestCheckpoints();
        execute(
                checkpoints,
                "{\"skill\":\"retryable\",\"params\":{\"a\":\"${secret:KEY}\"},\"on_error\":\"continue\"},{\"skill\":\"note\"}");
        assertThat(checkpoints.kept).extracting(Checkpoints.Step::error).containsExactly("no: ${secret:KEY}");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            NOPE  | there is no secret NOPE: NOVA_SECRET_NOPE is not set, and NOVA_SECRETS_DIR neither
            SHORT | the secret SHORT is too short: NOVA_SECRET_SHORT; allowed: at least 6 characters, for a shorter one cannot be told from ordinary text and so not be hidden
            """)
    void oneThatIsNotThereFailsTheStepForGood(String name, String message) throws Exception {
        assertThat(execute("{\"skill\":\"note\",\"params\":{\"a\":\"${secret:" + name + "}\"},\"on_error\":\"retry\"}"))
                .isEqualTo(new Ending.Failed("step s1 (note): " + message, false));
        assertThat(got).isEmpty();
    }

    @Test
    void aStepThatWaitsTellsNoneInTheNameOfItsSignal() throws Exception {
        assertThat(execute(step("waits"))).isEqualTo(new Ending.Snoozed(Duration.ofHours(1), Set.of()));
        assertThat(execute(step("signals")))
                .isEqualTo(new Ending.Failed(
                        "step s1 (signals): the name of the signal that it waits for holds a secret: for ${secret:KEY};"
                                + " it would stand in the table",
                        false));
    }

    @Test
    void aSkillWithASecretInItsSettingsDoesNotTellItEither() throws Exception {
        var skill = new Skill() {
            private String key = "";

            @Override
            public String name() {
                return "keyed";
            }

            @Override
            public void configure(Map<String, Object> settings) {
                key = String.valueOf(settings.get("key"));
            }

            @Override
            public @Nullable Object run(
                    Map<String, @Nullable Object> params, com.agenticverz.nova.skill.SkillContext context) {
                got.add(key);
                return Map.of("key", key);
            }
        };
        var registry = SkillRegistry.of(List.of(skill), Map.of("keyed", Map.of("key", "${secret:KEY}")), SECRETS);

        assertThat(execute(registry, new TestCheckpoints(), "{\"skill\":\"keyed\"}"))
                .isEqualTo(new Ending.Succeeded("{\"s1\":{\"key\":\"${secret:KEY}\"}}"));
        assertThat(got).containsExactly(KEY);
    }

    private static String step(String skill) {
        return "{\"skill\":\"" + skill + "\",\"params\":{\"a\":\"${secret:KEY}\"}}";
    }

    /** What no serializer expects of a getter. */
    public record Unwritable(String text) {
        public String getBroken() {
            throw new IllegalStateException("no: " + text);
        }
    }

    private Ending execute(String steps) throws InterruptedException {
        return execute(new TestCheckpoints(), steps);
    }

    private Ending execute(TestCheckpoints checkpoints, String steps) throws InterruptedException {
        var skills = Arrays.asList(
                new TestSkill("note", (params, _) -> {
                    got.add(params);
                    return params;
                }),
                new TestSkill("permanent", (params, _) -> {
                    throw SkillFailure.permanent("no: " + params.get("a"));
                }),
                new TestSkill("retryable", (params, _) -> {
                    throw SkillFailure.retryable("no: " + params.get("a"));
                }),
                new TestSkill("exception", (params, _) -> {
                    throw new IOException("no: " + params.get("a"));
                }),
                new TestSkill("error", (params, _) -> {
                    throw new AssertionError("no: " + params.get("a"));
                }),
                new TestSkill("unwritable", (params, _) -> new Unwritable(String.valueOf(params.get("a")))),
                new TestSkill("waits", (_, _) -> new Snooze(Duration.ofHours(1))),
                new TestSkill(
                        "signals", (params, _) -> Snooze.untilSignal("for " + params.get("a"), Duration.ofHours(1))));
        return execute(SkillRegistry.of(skills, Map.of(), SECRETS), checkpoints, steps);
    }

    private static Ending execute(SkillRegistry skills, TestCheckpoints checkpoints, String steps)
            throws InterruptedException {
        return new PlanExecution(
                        skills,
                        TestTries.of(metrics),
                        System::nanoTime,
                        TestRuns.run("{\"steps\":[" + steps + "]}"),
                        () -> checkpoints,
                        new TestSignals(),
                        new TestReports())
                .execute();
    }
}

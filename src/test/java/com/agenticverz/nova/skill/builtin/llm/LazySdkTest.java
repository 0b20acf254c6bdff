package com.agenticverz.nova.skill.builtin.llm;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.skill.SkillRegistry;
import com.agenticverz.nova.skill.SkillSettings;
import com.agenticverz.nova.skill.TestContext;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** In a JVM of its own, for in this one other tests have loaded everything. */
class LazySdkTest {

    @Test
    void nothingOfTheSdksIsLoadedBeforeTheFirstCall() throws Exception {
        assertThat(loadedBy("start")).isNotEmpty().noneMatch(LazySdkTest::isOfAnSdk);
    }

    @Test
    void aCallLoadsThatOfItsProviderOnly() throws Exception {
        assertThat(loadedBy("call"))
                .anyMatch(it -> it.startsWith("com.anthropic."))
                .noneMatch(it -> it.startsWith("com.openai."));
    }

    private static boolean isOfAnSdk(String name) {
        return name.startsWith("com.anthropic.")
                || name.startsWith("com.openai.")
                || name.startsWith("okhttp3.")
                || name.startsWith("kotlin.");
    }

    private static List<String> loadedBy(String what) throws IOException, InterruptedException {
        var jvm = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xshare:auto",
                        "-Xlog:class+load:stdout:none",
                        "-cp",
                        System.getProperty("java.class.path"),
                        LazySdkTest.class.getName(),
                        what)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (var lines = jvm.inputReader()) {
            var loaded = lines.lines().map(it -> it.split(" ")[0]).toList();
            assertThat(jvm.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(jvm.exitValue()).isZero();
            return loaded;
        } finally {
            jvm.destroyForcibly();
        }
    }

    /** What a node does at its start; and what a run does then. */
    public static void main(String[] args) throws Exception {
        var skills = SkillRegistry.load(new SkillSettings(
                null,
                Map.of(
                        "llm_invoke",
                        Map.of(
                                "providers",
                                Map.of("anthropic", Map.of("api_key", "k", "base_url", "http://127.0.0.1:1")),
                                "retries",
                                0))));
        var skill = skills.find("llm_invoke").orElseThrow();
        if (args[0].equals("call")) {
            try {
                skill.run(
                        Map.of("provider", "anthropic", "model", "m", "prompt", "p"),
                        new TestContext(UUID.randomUUID(), "me", "s1", 1, 5));
            } catch (RuntimeException e) {
                System.err.println(e.getMessage());
            }
        }
        System.exit(skill.paramsSchema() == null ? 1 : 0);
    }
}

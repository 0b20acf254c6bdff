package com.agenticverz.nova.skill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class SkillRegistryTest {

    private static final Secrets PASS = Secrets.of(Map.of("NOVA_SECRET_PASS", "open sesame"), null);

    @Test
    void theSkillsThatComeWithNovaAreFound() {
        var registry = SkillRegistry.load(SkillSettings.NONE);

        assertThat(registry.names())
                .containsExactly(
                        "echo",
                        "fail",
                        "http_call",
                        "json_transform",
                        "llm_invoke",
                        "noop",
                        "sleep",
                        "sql_query",
                        "wait",
                        "wait_for_signal",
                        "webhook_send");
        assertThat(registry.find("echo"))
                .hasValueSatisfying(it -> assertThat(it.name()).isEqualTo("echo"));
        assertThat(registry.find("nope")).isEmpty();
    }

    @Test
    void theNamesAreSorted() {
        assertThat(SkillRegistry.of(List.of(named("b"), named("c"), named("a")), Map.of())
                        .names())
                .containsExactly("a", "b", "c");
    }

    @Test
    void twoSkillsOfOneNameAreRefused() {
        assertRefused(List.of(named("same"), new Configurable("same", null)), Map.of())
                .hasMessage("two skills are called 'same': " + TestSkill.class.getName() + " (test-classes) and "
                        + Configurable.class.getName() + " (test-classes)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Upper", "9lives", "_x", "with-dash", "with space", "a.b", "ä", "a\nb"})
    @NullSource
    void aNameThatIsNotOneIsRefused(@Nullable String name) {
        assertRefused(List.of(named(name)), Map.of())
                .hasMessage(
                        "skill name '" + name + "' of " + TestSkill.class.getName()
                                + " (test-classes): allowed are lower case letters, digits and underscores, a letter first, at most 63");
    }

    @Test
    void aNameHas63CharactersAtMost() {
        var longest = "a".repeat(63);

        assertThat(SkillRegistry.of(List.of(named(longest)), Map.of()).names()).containsExactly(longest);
        assertRefused(List.of(named(longest + "a")), Map.of()).hasMessageStartingWith("skill name '");
    }

    @Test
    void eachSkillGetsItsSettingsOnce() {
        var got = new ArrayList<Map<String, Object>>();
        var skill = new Configurable("mail", null) {
            @Override
            public void configure(Map<String, Object> settings) {
                got.add(settings);
            }
        };

        SkillRegistry.of(List.of(skill), Map.of("mail", Map.of("host", "example.org")));

        assertThat(got).containsExactly(Map.of("host", "example.org"));
    }

    @Test
    void secretsInSettingsReachTheSkillAsText() {
        var got = new ArrayList<Map<String, Object>>();
        var skill = new Configurable("mail", null) {
            @Override
            public void configure(Map<String, Object> settings) {
                got.add(settings);
            }
        };
        var settings = Map.<String, Object>of(
                "user", "me:${secret:PASS}",
                "servers", List.of(Map.of("key", "${secret:PASS}"), 5),
                "plain", "${page.title}, $${secret:PASS}");

        SkillRegistry.of(List.of(skill), Map.of("mail", settings), PASS);

        assertThat(got)
                .containsExactly(Map.of(
                        "user", "me:open sesame",
                        "servers", List.of(Map.of("key", "open sesame"), 5),
                        "plain", "${page.title}, ${secret:PASS}"));
    }

    @Test
    void aSecretInSettingsThatIsNotThereStopsTheStart() {
        var skill = new Configurable("mail", null);
        assertThatThrownBy(() -> SkillRegistry.of(
                        List.of(skill),
                        Map.of("mail", Map.of("servers", List.of(1, Map.of("key", "${secret:NOPE}")))),
                        PASS))
                .hasMessage("nova.skills.mail.servers.1.key: there is no secret NOPE: NOVA_SECRET_NOPE is not set, and"
                        + " NOVA_SECRETS_DIR neither");
        assertThatThrownBy(() -> SkillRegistry.of(List.of(skill), Map.of("mail", Map.of("key", "${secret:a b}")), PASS))
                .hasMessage(
                        "nova.skills.mail.key: ${secret:a b} is not the name of a secret; allowed: letters, digits and"
                                + " underscores, a letter first, at most 100");
        assertThatThrownBy(() -> SkillRegistry.of(List.of(skill), Map.of("mail", Map.of("key", "${secret:PASS")), PASS))
                .hasMessage(
                        "nova.skills.mail.key: has a ${secret: without its }; for one that stands for itself, write $${");
    }

    @Test
    void noMessageAboutSettingsHasASecretInIt() {
        var skill = new Configurable(
                "mail", new IllegalArgumentException("key is 'open sesame'", new IllegalStateException("open sesame")));
        assertThatThrownBy(
                        () -> SkillRegistry.of(List.of(skill), Map.of("mail", Map.of("key", "${secret:PASS}")), PASS))
                .hasMessage("nova.skills.mail: key is '${secret:PASS}'")
                .hasNoCause();
    }

    @Test
    void invalidSettingsAreOneClearLine() {
        assertRefused(
                        List.of(new Configurable("mail", new IllegalArgumentException("host is missing"))),
                        Map.of("mail", Map.of()))
                .hasMessage("nova.skills.mail: host is missing");
    }

    @Test
    void aSkillThatCannotTakeItsSettingsIsOneClearLineWhateverItThrows() {
        assertRefused(List.of(new Configurable("mail", new NullPointerException())), Map.of())
                .hasMessage("nova.skills.mail: java.lang.NullPointerException");
        assertRefused(List.of(new Configurable("mail", new NoClassDefFoundError("javax/mail/Session"))), Map.of())
                .hasMessage("nova.skills.mail: java.lang.NoClassDefFoundError: javax/mail/Session");
        assertRefused(List.of(new Configurable("mail", new IllegalStateException("first\nsecond"))), Map.of())
                .hasMessage("nova.skills.mail: first second");
    }

    @Test
    void aSkillWithoutSettingsRefusesAny() {
        assertRefused(List.of(named("plain")), Map.of("plain", Map.of("host", "example.org")))
                .hasMessage("nova.skills.plain: takes no settings, but got host");
    }

    @Test
    void settingsForASkillThatDoesNotExistAreRefused() {
        assertRefused(List.of(named("a"), named("b")), Map.of("mial", Map.of()))
                .hasMessage("nova.skills.mial: there is no skill 'mial'; there are a, b");
    }

    @Test
    void everythingThatIsWrongIsSaidAtOnce() {
        assertRefused(
                        List.of(
                                named("Upper"),
                                named("same"),
                                named("same"),
                                new Configurable("mail", new IllegalArgumentException("host is missing")),
                                new Configurable("fax", new IllegalArgumentException("number is missing"))),
                        Map.of("mial", Map.of()))
                .isInstanceOf(InvalidSkillsException.class)
                .extracting(it -> ((InvalidSkillsException) it).problems())
                .asInstanceOf(InstanceOfAssertFactories.list(String.class))
                .satisfiesExactly(
                        it -> assertThat(it).startsWith("skill name 'Upper' of "),
                        it -> assertThat(it).startsWith("two skills are called 'same': "),
                        it -> assertThat(it).startsWith("nova.skills.mial: there is no skill 'mial'"),
                        it -> assertThat(it).isEqualTo("nova.skills.fax: number is missing"),
                        it -> assertThat(it).isEqualTo("nova.skills.mail: host is missing"));
    }

    @Test
    void everySkillIsClosedWhateverAnotherThrows() {
        var closed = new ArrayList<String>();
        class Closing extends Configurable {
            Closing(String name) {
                super(name, null);
            }

            @Override
            public void close() {
                closed.add(name());
                throw new IllegalStateException(name());
            }
        }

        SkillRegistry.of(List.of(new Closing("a"), new Closing("b")), Map.of()).close();

        assertThat(closed).containsExactly("a", "b");
    }

    private static AbstractThrowableAssert<?, ? extends Throwable> assertRefused(
            List<Skill> skills, Map<String, Map<String, Object>> settings) {
        return assertThatThrownBy(() -> SkillRegistry.of(skills, settings))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static Skill named(@Nullable String name) {
        return new TestSkill(name, (_, _) -> null);
    }

    private static class Configurable implements Skill {
        private final String name;
        private final @Nullable Throwable failure;

        Configurable(String name, @Nullable Throwable failure) {
            this.name = name;
            this.failure = failure;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public void configure(Map<String, Object> settings) {
            switch (failure) {
                case RuntimeException e -> throw e;
                case Error e -> throw e;
                case null, default -> {}
            }
        }

        @Override
        public Object run(Map<String, @Nullable Object> params, SkillContext context) {
            return Arrays.asList(params, context);
        }
    }
}

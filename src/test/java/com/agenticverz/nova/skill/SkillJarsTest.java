package com.agenticverz.nova.skill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Skills in a directory of jars: each on its own, and what is wrong with some. */
class SkillJarsTest {

    private static final String SERVICES = "META-INF/services/com.agenticverz.nova.skill.Skill";

    @TempDir
    private Path folder;

    @Test
    void aJarIsASkillWithItsSettingsAndItsSchema() throws Exception {
        var jar = TestJar.of(skill("Greet", "greet", "lang + \" \" + params.get(\"name\")", """
                        private String lang = "";
                        @Override public void configure(Map<String, Object> settings) {
                            lang = String.valueOf(settings.get("lang"));
                        }
                        @Override public String description() { return "Greets."; }
                        """))
                .with("com/example/greet.params.json", "{\"type\":\"object\"}")
                .naming("# mine", "", "com.example.Greet # the only one")
                .write(folder.resolve("greet.jar"));
        // What is hidden is not meant.
        Files.writeString(folder.resolve(".gitkeep"), "");

        var skills = load(Map.of("greet", Map.of("lang", "en")));

        assertThat(skills.names()).contains("echo", "greet");
        assertThat(skills.source("greet")).isEqualTo(jar.toString());
        assertThat(skills.source("echo")).isEqualTo("built in");
        var greet = skills.find("greet").orElseThrow();
        assertThat(greet.description()).isEqualTo("Greets.");
        assertThat(greet.paramsSchema()).isEqualTo("{\"type\":\"object\"}");
        assertThat(greet.run(Map.of("name", "Ada"), new TestContext(new UUID(0, 1), "me", "s1", 1, 3)))
                .isEqualTo("en Ada");
    }

    @Test
    void theVersionOfASkillIsThatOfItsJarOrTellsTwoBuildsApart() {
        TestJar.of(skill("Said", "said", "1", ""))
                .with("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\nImplementation-Version: 1.4.2\n")
                .naming("com.example.Said")
                .write(folder.resolve("said/said.jar"));
        for (var build : List.of("1", "2")) {
            TestJar.of(skill("Built", "built" + build, "1", ""))
                    .naming("com.example.Built")
                    .write(folder.resolve("built" + build + ".jar"));
        }

        var skills = load(Map.of());

        assertThat(skills.version("said")).isEqualTo("1.4.2");
        assertThat(skills.version("built1"))
                .matches("[0-9a-f]{12}")
                .isEqualTo(load(Map.of()).version("built1"));
        assertThat(skills.version("built2")).matches("[0-9a-f]{12}").isNotEqualTo(skills.version("built1"));
        assertThat(skills.version("echo")).isEqualTo("dev");
        assertThat(skills.versions()).hasSameSizeAs(skills.names()).containsEntry("said", "1.4.2");
    }

    @Test
    void twoSkillsBringTwoVersionsOfALibraryInDirectoriesOfTheirOwn() throws Exception {
        for (var version : List.of("1", "2")) {
            var library = TestJar.of(
                            "package com.example.lib;\npublic class Library { public static String version() { return \""
                                    + version + "\"; } }")
                    .write(folder.resolve("uses" + version + "/library.jar"));
            TestJar.of(List.of(library), skill("Uses", "uses" + version, "com.example.lib.Library.version()", ""))
                    .naming("com.example.Uses")
                    .write(folder.resolve("uses" + version + "/uses.jar"));
        }

        var skills = load(Map.of());

        for (var version : List.of("1", "2")) {
            assertThat(skills.find("uses" + version)
                            .orElseThrow()
                            .run(Map.of(), new TestContext(new UUID(0, 1), "me", "s1", 1, 3)))
                    .isEqualTo(version);
        }
        assertThat(skills.source("uses1")).isEqualTo(folder + "/uses1/uses.jar");
    }

    @Test
    void aSkillSeesTheApiAndTheLogOfNovaButNoneOfItsLibraries() throws Exception {
        TestJar.of(skill("Looks", "looks", """
                        java.util.List.of("com.fasterxml.jackson.databind.ObjectMapper", "org.slf4j.LoggerFactory",
                                "com.agenticverz.nova.skill.Json", "com.agenticverz.nova.store.Database",
                                "java.sql.Driver").stream().filter(name -> {
                            try {
                                Class.forName(name);
                                return true;
                            } catch (ClassNotFoundException e) {
                                return false;
                            }
                        }).toList()""", "")).naming("com.example.Looks").write(folder.resolve("looks.jar"));

        assertThat(load(Map.of())
                        .find("looks")
                        .orElseThrow()
                        .run(Map.of(), new TestContext(new UUID(0, 1), "me", "s1", 1, 3)))
                .isEqualTo(List.of("org.slf4j.LoggerFactory", "com.agenticverz.nova.skill.Json", "java.sql.Driver"));
    }

    @Test
    void whileCodeOfASkillRunsItsClassLoaderIsThatOfTheThread() throws Exception {
        TestJar.of(
                        skill("Finds", "finds", "seen + Finds.found()", """
                        private static final String INITIALIZED = found();
                        private final String constructed = found();
                        private String seen = "";
                        static String found() {
                            return java.util.ServiceLoader.load(Runnable.class).findFirst().isPresent() ? "yes " : "no ";
                        }
                        @Override public void configure(Map<String, Object> settings) {
                            seen = INITIALIZED + constructed + found();
                        }
                        """),
                        "package com.example;\npublic class Task implements Runnable { public void run() {} }")
                .with("META-INF/services/java.lang.Runnable", "com.example.Task")
                .naming("com.example.Finds")
                .write(folder.resolve("finds.jar"));
        var before = Thread.currentThread().getContextClassLoader();

        var finds = load(Map.of()).find("finds").orElseThrow();

        assertThat(finds.run(Map.of(), new TestContext(new UUID(0, 1), "me", "s1", 1, 3)))
                .isEqualTo("yes yes yes yes ");
        assertThat(Thread.currentThread().getContextClassLoader()).isSameAs(before);
    }

    @Test
    void everythingThatIsWrongIsSaidAtOnceWithItsJarAndItsClass() throws IOException {
        Files.writeString(folder.resolve("a.txt"), "text");
        Files.writeString(folder.resolve("b.jar"), "text");
        Files.createDirectory(folder.resolve("c"));
        TestJar.of(skill("Unnamed", "unnamed", "null", "")).write(folder.resolve("d.jar"));
        TestJar.of(
                        "package com.example;\nclass Hidden extends Partial { public Hidden() {} }",
                        "package com.example;\npublic abstract class Partial implements " + Skill.class.getName()
                                + " { public String name() { return \"partial\"; } public Object run("
                                + "java.util.Map<String, Object> params, " + SkillContext.class.getName()
                                + " context) { return null; } }",
                        "package com.example;\npublic class Given extends Partial { public Given(int x) {} }",
                        "package com.example;\npublic class Throws extends Partial { public Throws() {"
                                + " throw new IllegalStateException(\"no\\nluck\"); } }",
                        "package com.example;\npublic class Nameless extends Partial {"
                                + " public String name() { throw new IllegalStateException(\"none\"); } }",
                        "package com.example;\npublic class Newer extends Partial {}")
                .changed("com/example/Newer.class", bytes -> {
                    bytes[7] = (byte) 200;
                    return bytes;
                })
                .naming(
                        "com.example.Gone",
                        "java.lang.String",
                        "com.example.Hidden",
                        "com.example.Partial",
                        "com.example.Given",
                        "com.example.Throws",
                        "com.example.Nameless",
                        "com.example.Newer")
                .write(folder.resolve("e.jar"));
        var library = TestJar.of("package com.example.lib;\npublic class Library {}")
                .write(Files.createTempDirectory("nova-library-").resolve("library.jar"));
        TestJar.of(
                        List.of(library),
                        skill("Alone", "alone", "null", "private Object it = new com.example.lib.Library();"))
                .naming("com.example.Alone")
                .write(folder.resolve("f.jar"));
        TestJar.of(skill("Echo", "echo", "null", "")).naming("com.example.Echo").write(folder.resolve("g.jar"));
        TestJar.of(skill("Bad", "Bad name", "null", ""))
                .naming("com.example.Bad")
                .write(folder.resolve("h.jar"));

        var refused = catchThrowableOfType(
                InvalidSkillsException.class, () -> load(Map.of("sleep", Map.of("a", 1), "gone", Map.of())));

        assertThat(refused.problems())
                .allSatisfy(it -> assertThat(it).doesNotContain("\n"))
                .map(it -> it.replace(folder + "/", ""))
                .satisfiesExactlyInAnyOrder(
                        it -> assertThat(it)
                                .isEqualTo("a.txt: is no jar; a directory of skills has nothing else in it"),
                        it -> assertThat(it).startsWith("b.jar: is no jar that can be read: java.util.zip.ZipExc"),
                        it -> assertThat(it).isEqualTo("c: has no jar in it"),
                        it -> assertThat(it).startsWith("d.jar: has no skill: no class is named in " + SERVICES + "."),
                        it -> assertThat(it)
                                .isEqualTo("e.jar: com.example.Gone: is not there, but " + SERVICES + " names it"),
                        it -> assertThat(it)
                                .isEqualTo("e.jar: java.lang.String: does not implement " + Skill.class.getName()),
                        it -> assertThat(it).isEqualTo("e.jar: com.example.Hidden: is not public"),
                        it -> assertThat(it).isEqualTo("e.jar: com.example.Partial: is abstract"),
                        it -> assertThat(it)
                                .isEqualTo("e.jar: com.example.Given: has no public constructor without parameters"),
                        it -> assertThat(it)
                                .isEqualTo("e.jar: com.example.Throws: its constructor failed:"
                                        + " java.lang.IllegalStateException: no luck"),
                        it -> assertThat(it)
                                .isEqualTo("e.jar: com.example.Nameless: does not say its name:"
                                        + " java.lang.IllegalStateException: none"),
                        it -> assertThat(it)
                                .startsWith("e.jar: com.example.Newer: is compiled for a newer Java than this one: ")
                                .contains("class file version 200.0"),
                        it -> assertThat(it)
                                .startsWith("f.jar: com.example.Alone: needs a class that is not there:"
                                        + " java.lang.NoClassDefFoundError: com/example/lib/Library. "),
                        it -> assertThat(it)
                                .isEqualTo("two skills are called 'echo':"
                                        + " com.agenticverz.nova.skill.builtin.EchoSkill (built in) and"
                                        + " com.example.Echo (g.jar)"),
                        it -> assertThat(it)
                                .startsWith("skill name 'Bad name' of com.example.Bad (h.jar): allowed are "),
                        it -> assertThat(it).isEqualTo("nova.skills.sleep: takes no settings, but got a"));
    }

    private SkillRegistry load(Map<String, Map<String, Object>> settings) {
        return SkillRegistry.load(new SkillSettings(folder, settings));
    }

    private static String skill(String type, String name, String output, String members) {
        return """
                package com.example;

                import com.agenticverz.nova.skill.Skill;
                import com.agenticverz.nova.skill.SkillContext;
                import java.util.Map;

                public class %s implements Skill {
                    %s
                    @Override public String name() { return "%s"; }
                    @Override public Object run(Map<String, Object> params, SkillContext context) throws Exception {
                        return %s;
                    }
                }
                """.formatted(type, members, name, output);
    }
}

package com.agenticverz.nova.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.skill.Skill;
import com.agenticverz.nova.testkit.SkillTester;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The sample of a user's project: it compiles, its tests succeed, and the page on it says the same. */
class SampleProjectTest {

    @TempDir
    private Path folder;

    @Test
    void itsOwnTestsSucceedOutsideOfNova() {
        var said = SampleProject.test(SampleProject.jar(folder.resolve("invoice.jar")));

        assertThat(said).as(() -> String.join("\n", said)).last().isEqualTo("succeeded: 6, failed: 0");
    }

    /** Where a block is changed on one side only, this fails. */
    @Test
    void thePageSaysWhatTheProjectHas() {
        var files = SampleProject.files();
        var page = SkillPage.text(SkillPage.PAGE);

        assertThat(missing(page, files)).isEmpty();
        assertThat(SkillPage.blocks(SkillPage.PAGE, "java")).hasSize(5);
        assertThat(page).contains("\n```\n" + files.get("nova.conf") + "```\n");
        assertThat(files.get("src/main/resources/META-INF/services/" + Skill.class.getName()))
                .contains("com.example.InvoiceSkill\n");
        assertThat(missing(SkillPage.text(SkillPage.README), files)).isEmpty();
    }

    @Test
    void aBlockThatTheProjectHasNotIsFound() {
        assertThat(missing("```java\nint a = 1;\n```\n", Map.of("A.java", "class A {\n    int a = 1;\n}\n")))
                .isEmpty();
        assertThat(missing("```java\nint a = 2;\n```\n", Map.of("A.java", "class A {\n    int a = 1;\n}\n")))
                .containsExactly("int a = 2;\n");
    }

    /** The blocks of code that no file has, however deep it is indented there. */
    private static List<String> missing(String page, Map<String, String> files) {
        var texts = files.values().stream().map(SampleProjectTest::unindented).toList();
        return SkillPage.blocks(page).stream()
                .filter(it -> List.of("java", "xml", "json").contains(it.language()))
                .map(SkillPage.Block::text)
                .filter(it -> texts.stream().noneMatch(text -> text.contains(unindented(it))))
                .toList();
    }

    private static String unindented(String text) {
        return text.lines().map(String::strip).collect(Collectors.joining("\n", "\n", "\n"));
    }

    /** Every method of the table is there, and of the class that it says. */
    @Test
    void theTableOfTheKitNamesItsMethods() {
        var methods = Stream.of(
                        SkillTester.class,
                        com.agenticverz.nova.testkit.SkillResult.class,
                        com.agenticverz.nova.testkit.PlanResult.class)
                .flatMap(it -> Stream.of(it.getMethods()))
                .map(java.lang.reflect.Method::getName)
                .collect(Collectors.toSet());
        var named = Pattern.compile("\\.?(\\w+)\\([^`|]*\\)`")
                .matcher(SkillPage.text(SkillPage.PAGE)
                        .lines()
                        .filter(it -> it.startsWith("| `"))
                        .collect(Collectors.joining("\n")))
                .results()
                .map(it -> it.group(1))
                .collect(Collectors.toSet());

        assertThat(named).hasSizeGreaterThan(12);
        assertThat(methods).containsAll(named);
    }

    @Test
    void itsPomAsksForThisVersionOfNova() throws Exception {
        var ours = pom(Path.of("pom.xml"));
        var theirs = pom(SampleProject.FOLDER.resolve("pom.xml"));

        assertThat(theirs).contains("nova " + ours.getFirst().split(" ")[1]);
        assertThat(ours.getFirst()).startsWith("nova ");
    }

    /** Each artifact with its version, in order. */
    private static List<String> pom(Path file) throws Exception {
        var document = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file.toFile());
        assertThat(document.getDocumentElement().getTagName()).isEqualTo("project");
        var text = SkillPage.text(file);
        return Pattern.compile("<artifactId>(.*?)</artifactId>\\s*<version>(.*?)</version>")
                .matcher(text)
                .results()
                .map(it -> it.group(1) + " " + it.group(2))
                .toList();
    }
}

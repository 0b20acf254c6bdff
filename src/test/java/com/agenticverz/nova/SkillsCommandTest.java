package com.agenticverz.nova;

import static com.agenticverz.nova.NovaTest.nova;
import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.skill.PlanReader;
import com.agenticverz.nova.skill.TestJar;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code nova skills}: what it says of skills, those of Nova and those of others. */
class SkillsCommandTest {

    @TempDir
    private Path folder;

    @Test
    void itListsEachSkillWithWhereItComesFromAndWhatItDoes() {
        var jar = greet("return \"greets\\nsomebody\";");

        var list = nova("skills", "--skills-dir", folder.toString());
        assertThat(list.exitCode()).isZero();
        assertThat(list.err()).isEmpty();
        assertThat(list.out().lines())
                .anyMatch(line -> line.matches("echo +built in +dev +returns its params"))
                .anyMatch(line ->
                        line.startsWith("greet ") && line.matches(".* " + jar + "  [0-9a-f]{12}  greets somebody"));

        var json = nova("skills", "--json", "--skills-dir", folder.toString());
        assertThat((List<?>) Json.read(json.out()))
                .anyMatch(it -> it instanceof Map<?, ?> greet
                        && "greet".equals(greet.get("name"))
                        && jar.toString().equals(greet.get("source"))
                        && String.valueOf(greet.get("version")).matches("[0-9a-f]{12}")
                        && "greets somebody".equals(greet.get("description")))
                .anyMatch(
                        Map.of(
                                "name",
                                "echo",
                                "source",
                                "built in",
                                "version",
                                "dev",
                                "description",
                                "returns its params")::equals);
    }

    @Test
    void itDescribesTheParamsOfOne() {
        var http = nova("skills", "http_call");
        assertThat(http.exitCode()).isZero();
        assertThat(http.out().lines())
                .startsWith("http_call (built in, version dev)", "calls a server by HTTP and returns its answer", "")
                .anyMatch(line -> line.matches("param +required +type +default"))
                .anyMatch(line -> line.matches("url +yes +text +http or https, without user and password\\."))
                .anyMatch(line -> line.matches("method +GET, HEAD, POST, PUT, PATCH, DELETE +\"GET\""))
                .anyMatch(line -> line.matches("timeout_seconds +number 0.001 to 86400 +30 +For one request: .*"))
                .anyMatch(line -> line.matches("expect +whole number 200 to 599, text, array of \\(.*\\) +\"2xx\" .*"))
                .contains("{\"skill\":\"http_call\",\"params\":{\"url\":\"https://api.example.org/orders/42\"}}");
        assertThat(nova("skills", "noop").out()).contains("It takes any params.");
        assertThat(Json.read(nova("skills", "sleep", "--json").out()))
                .asInstanceOf(InstanceOfAssertFactories.MAP)
                .containsEntry("required", List.of("seconds"));
    }

    @Test
    void aNameThatIsNoneIsSaidWithThoseThatThereAre() {
        var ended = nova("skills", "http_cal");
        assertThat(ended.exitCode()).isEqualTo(2);
        assertThat(ended.out()).isEmpty();
        assertThat(ended.err()).startsWith("nova: there is no skill 'http_cal'; there are echo, fail, http_call, ");
    }

    @Test
    void itPrintsTheSchemaOfPlans() {
        assertThat(nova("skills", "--plan-schema").out().strip())
                .isEqualTo(PlanReader.schema().strip());
    }

    @Test
    void aSkillThatSaysLittleOrNonsenseIsDescribedAllTheSame() {
        greet("throw new IllegalStateException(\"no\\nwords\");");
        assertThat(nova("skills", "--skills-dir", folder.toString()).out())
                .contains("(cannot say what it does: java.lang.IllegalStateException: no words)");
        assertThat(nova("skills", "greet", "--skills-dir", folder.toString()).out())
                .contains("It does not say which params it takes.");

        var noSchema = nova("skills", "greet", "--json", "--skills-dir", folder.toString());
        assertThat(noSchema.exitCode()).isEqualTo(1);
        assertThat(noSchema.err().strip())
                .isEqualTo("nova: greet has no params schema: greet.params.json beside its class");

        for (var schema : List.of("{", "[]")) {
            var bad = nova("skills", "greet", "--skills-dir", withSchema(schema));
            assertThat(bad.exitCode()).isEqualTo(1);
            assertThat(bad.err()).hasLineCount(1).startsWith("nova: the params schema of greet: ");
        }
        var odd = withSchema("""
                {"properties": {"a": true, "b": {"$ref": "#/$defs/c"}, "d": {"type": 7}}, "required": "a",
                 "$defs": {"c": {"$ref": "#/$defs/c"}}}""");
        assertThat(nova("skills", "greet", "--skills-dir", odd).out())
                .containsPattern("(?m)^a +yes +any$")
                .containsPattern("(?m)^b +any$");
    }

    /** In a folder of its own: a jar that is in use is not written over. */
    private String withSchema(String schema) {
        try {
            var own = Files.createTempDirectory("nova-skills-");
            jar("return \"\";").with("com/example/greet.params.json", schema).write(own.resolve("greet.jar"));
            return own.toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path greet(String description) {
        return jar(description).write(folder.resolve("greet.jar"));
    }

    private static TestJar jar(String description) {
        return TestJar.of("""
                        package com.example;

                        import com.agenticverz.nova.skill.Skill;
                        import com.agenticverz.nova.skill.SkillContext;
                        import java.util.Map;

                        public class Greet implements Skill {
                            @Override public String name() { return "greet"; }
                            @Override public String description() { %s }
                            @Override public Object run(Map<String, Object> params, SkillContext context) {
                                return null;
                            }
                        }
                        """.formatted(description)).naming("com.example.Greet");
    }
}

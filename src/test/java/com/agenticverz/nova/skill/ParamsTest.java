package com.agenticverz.nova.skill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ParamsTest {

    private static final String INPUT = """
            {"page": {"title": "Nova", "none": null, "yes": true, "list": [1, "a", null], "price": 12.50,
              "code": "${page.title}"},
             "run": {"id": "r", "agent_id": "me", "attempt": 1}}""";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"a\":1,\"b\":[null,true,{\"c\":\"d\"}]}",
                "{\"a\":\"$5, $x, $ {x}, $\"}",
                "{\"a\":{\"$\":1}}",
                "{\"a\":{\"$\":\"page\",\"b\":1}}",
                "{\"${page}\":1}",
            })
    void paramsThatReferToNothingHaveNothingToBeFilledIn(String params) {
        assertThat(references(params)).isNull();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
                    {"a":{"$":"page.title"}}                       | {"a":"Nova"}
                    {"a":{"$":"page.none"}}                        | {"a":null}
                    {"a":{"$":"page.list"},"b":1}                  | {"a":[1,"a",null],"b":1}
                    {"a":[0,{"$":"page.price"},{"b":{"$":"run"}}]} | {"a":[0,12.50,{"b":{"id":"r","agent_id":"me","attempt":1}}]}
                    {"$":"page.{'t': title}"}                      | {"t":"Nova"}
                    {"a":{"$":"{'$': 'page'}"}}                    | {"a":{"$":"page"}}
                    {"a":"${page.title}"}                          | {"a":"Nova"}
                    {"a":"<${page.title}, ${ run.attempt }>"}      | {"a":"<Nova, 1>"}
                    {"a":"${page.price} ${page.none} ${page.yes}"} | {"a":"12.50 null true"}
                    {"a":"${page.list}"}                           | {"a":"[1,\\"a\\",null]"}
                    {"a":"${page.code}","b":{"$":"page.code"}}     | {"a":"${page.title}","b":"${page.title}"}
                    {"a":"$${page.title}"}                         | {"a":"${page.title}"}
                    {"a":"$$${page.title}$"}                       | {"a":"$${page.title}$"}
                    {"a":"$5 ${page.title} $"}                     | {"a":"$5 Nova $"}
                    {"a":"${ {'x': page.title}.x }}"}              | {"a":"Nova}"}
                    {"a":"${'}' & \\"\\\\\\"}\\" & '{'}"}          | {"a":"}\\"}{"}
                    {"a":"${/* } ' */ page.`title`}"}               | {"a":"Nova"}
                    {"a":"${page.`list`[1]}${page.title}"}         | {"a":"aNova"}
                    {"a":["${page.title}",["${page.title}"]]}      | {"a":["Nova",["Nova"]]}
                    """)
    void referencesAreReplacedByTheirValues(String params, String expected) throws Exception {
        var filledIn = references(params).in(input());

        assertThat(Json.write(filledIn)).isEqualTo(expected);
        // And again, for the steps of another attempt.
        assertThat(Json.write(references(params).in(input()))).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
                    {"url":"x${page.link}"}               | params/url: ${page.link} refers to nothing
                    {"url":{"$":"page.link"}}             | params/url: page.link refers to nothing
                    {"a/b~c":[0,{"$":"nope"}]}            | params/a~1b~0c/1: nope refers to nothing
                    {"$":"nope"}                          | params: nope refers to nothing
                    {"$":"page.list"}                     | params: the value is [1,"a",null], but params are an object
                    {"a":"${function($x) {$x}}"}          | params/a: ${function($x) {$x}} yields a function, which has no JSON form
                    """)
    void aFailureIsPermanentAndSaysWhere(String params, String message) {
        assertThatThrownBy(() -> references(params).in(input())).isInstanceOfSatisfying(SkillFailure.class, failure -> {
            assertThat(failure).hasMessage(message);
            assertThat(failure.isRetryable()).isFalse();
        });
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
                    {"a":"x ${page"}             | has a ${ without its }; for a ${ that stands for itself, write $${
                    {"a":"x ${'}"}               | has a ${ without its }; for a ${ that stands for itself, write $${
                    {"a":"x ${ 1 /* }"}          | has a ${ without its }; for a ${ that stands for itself, write $${
                    {"a":"x ${secret:}"}         | ${secret:} is not the name of a secret; allowed: letters, digits and underscores, a letter first, at most 100
                    {"a":"x ${secret:../a}"}     | ${secret:../a} is not the name of a secret; allowed: letters, digits and underscores, a letter first, at most 100
                    {"a":"${page}${secret:1A}"}  | ${secret:1A} is not the name of a secret; allowed: letters, digits and underscores, a letter first, at most 100
                    {"a":"x ${secret:TOKEN"}     | has a ${ without its }; for a ${ that stands for itself, write $${
                    {"a":"${'x' & ${secret:T}}"} | ${'x' & ${secret:T}} has a secret in an expression; allowed: in a text, as "Bearer ${secret:NAME}"
                    {"a":{"$":"secret:TOKEN"}}   | secret:TOKEN has a secret in an expression; allowed: in a text, as "Bearer ${secret:NAME}"
                    {"a":{"$":"${secret:TOK}"}}  | ${secret:TOK} has a secret in an expression; allowed: in a text, as "Bearer ${secret:NAME}"
                    """)
    void whatIsNotAReferenceIsAProblemOfThePlan(String params, String problem) {
        assertThat(problems(params)).isEqualTo(Map.of("params/a", problem));
    }

    @Test
    void secretsAreLeftOpenAndWhatIsFilledInIsNone() throws Exception {
        var references =
                references("{\"a\":\"x ${secret:TOKEN} ${page.code} ${ secret:Key_2 }\",\"b\":[\"${secret:TOKEN}\"],"
                        + "\"c\":\"${page.code}\",\"d\":\"$${secret:TOKEN}\",\"${secret:NO}\":1}");

        assertThat(references.secrets()).containsExactlyInAnyOrder("TOKEN", "Key_2");
        var input = Map.<String, @Nullable Object>of("page", Map.of("code", "${secret:OTHER}"));
        var opened = Secrets.of(
                        Map.of("NOVA_SECRET_TOKEN", "value-of-token", "NOVA_SECRET_Key_2", "${secret:TOKEN}"), null)
                .open(references.in(input));
        assertThat(opened.value())
                .isEqualTo(Map.of(
                        "a", "x value-of-token ${secret:OTHER} ${secret:TOKEN}",
                        "b", List.of("value-of-token"),
                        "c", "${secret:OTHER}",
                        "d", "${secret:TOKEN}",
                        "${secret:NO}", 1));
    }

    @Test
    void paramsWithoutSecretsNameNone() {
        assertThat(references("{\"a\":\"${page.title} $${secret:TOKEN}\"}").secrets())
                .isEmpty();
    }

    @Test
    void eachProblemIsNamed() {
        assertThat(problems("{\"a\":[\"${page.}\",{\"$\":\"(\"}],\"b\":\"${fine}\",\"c\":\"${}\"}"))
                .containsOnlyKeys("params/a/0", "params/a/1", "params/c")
                .allSatisfy((_, problem) -> assertThat(problem).contains(" is not JSONata: "));
    }

    @Test
    void aTextIsFilledInWithSoMuchOnly() {
        assertThatThrownBy(() -> references("{\"a\":\"${x}${x}${x}\"}").in(Map.of("x", "x".repeat(3_000_000))))
                .isInstanceOf(SkillFailure.class)
                .hasMessage("params/a: the text filled in has more than 8000000 characters");
    }

    private static Map<String, @Nullable Object> input() {
        return Objects.requireNonNull(Json.object(Json.read(INPUT)));
    }

    private static com.agenticverz.nova.run.Step.@Nullable Reference<Map<String, @Nullable Object>> references(
            String params) {
        return Params.references(Objects.requireNonNull(Json.object(Json.read(params))), (at, problem) -> {
            throw new AssertionError(at + " " + problem);
        });
    }

    private static Map<String, String> problems(String params) {
        var problems = new TreeMap<String, String>();
        Params.references(Objects.requireNonNull(Json.object(Json.read(params))), problems::put);
        return problems;
    }
}

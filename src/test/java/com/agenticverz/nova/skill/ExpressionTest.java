package com.agenticverz.nova.skill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class ExpressionTest {

    /** Of all that a skill may see. */
    private static final Set<Class<?>> PLAIN = Set.of(
            LinkedHashMap.class,
            ArrayList.class,
            String.class,
            Boolean.class,
            Integer.class,
            Long.class,
            BigInteger.class,
            BigDecimal.class,
            Double.class);

    private static final String INPUT = """
            {"page": {"title": "Nova", "none": null, "empty": [], "items": [
               {"name": "a", "price": 8.10, "tags": ["x"]}, {"name": "b", "price": 30, "tags": ["x", "y"]}]},
             "list": [1, 2, 3], "gaps": [1, null, 2], "one": [7], "nested": [[1, 2], [3]],
             "exact": 0.10, "debt": -1.50, "long": 12345678901234567, "huge": 123456789012345678901234567890,
             "precise": 3.14159265358979323846264338327950288}""";

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
                    page.title                         | "Nova"
                    page.none                          | null
                    page.empty                         | []
                    page.items[price > 10].name        | "b"
                    page.items[price > 10][].name      | ["b"]
                    page.items.name                    | ["a","b"]
                    page.items.tags                    | ["x","x","y"]
                    page.items[0]                      | {"name":"a","price":8.10,"tags":["x"]}
                    page.items.{name: price}           | [{"a":8.10},{"b":30}]
                    page.items{name: price}            | {"a":8.10,"b":30}
                    page.items^(>price).name           | ["b","a"]
                    $                                  | {input}
                    list                               | [1,2,3]
                    one                                | [7]
                    one[0]                             | 7
                    nested                             | [[1,2],[3]]
                    [1..3]                             | [1,2,3]
                    []                                 | []
                    [null, 1]                          | [null,1]
                    {"a": null}                        | {"a":null}
                    {"a": nope}                        | {}
                    null                               | null
                    true                               | true
                    1                                  | 1
                    1.5                                | 1.5
                    exact                              | 0.10
                    long                               | 12345678901234567
                    huge                               | 123456789012345678901234567890
                    precise                            | 3.14159265358979323846264338327950288
                    [precise]                          | [3.14159265358979323846264338327950288]
                    exact + 1                          | 1.1
                    exact = 0.1                        | true
                    long > 1                           | true
                    precise > 3.14                     | true
                    $sum(list)                         | 6
                    $sum(page.items.price)             | 38.1
                    $string(exact)                     | "0.1"
                    $sort([3, 2.5, exact, long])       | [0.10,2.5,3,12345678901234567]
                    $sort(["b", "a"])                  | ["a","b"]
                    $sort(list, function($a, $b) {$a < $b}) | [3,2,1]
                    $abs(0 - page.items[0].price)      | 8.1
                    $abs(debt)                         | 1.5
                    $max([exact, debt])                | 0.1
                    [exact] = [0.1]                    | true
                    $distinct([exact, 0.1])            | 0.10
                    exact in [0.1]                     | true
                    $round(debt)                       | -2
                    $pad("a", 3) & $pad("b", -3, "-")  | "a  --b"
                    $map(["a", "b"], $pad(?, 2, "-"))  | ["a-","b-"]
                    $map(list, $string)                | ["1","2","3"]
                    list ~> $map($string) ~> $join("-") | "1-2-3"
                    $join(["a", "b"], ", ")            | "a, b"
                    page.title.$string()               | "Nova"
                    $string([null, exact])             | "[null,0.1]"
                    list.($ * 2)                       | [2,4,6]
                    $map(list, function($x) {$x + 1})  | [2,3,4]
                    $split("a,b", ",")                 | ["a","b"]
                    $match("ab", /a(b)/)               | {"match":"ab","index":0,"groups":["b"]}
                    $replace("aXbX", /X/, "-")         | "a-b-"
                    $keys(page.items[0])               | ["name","price","tags"]
                    [1,null,2].($ = null)              | [false,true,false]
                    gaps.($ = null)                    | [false,true,false]
                    gaps                               | [1,null,2]
                    gaps[1]                            | null
                    nope ?? "otherwise"                | "otherwise"
                    """)
    void whatItComesToIsJsonOfTheJdksOwnValues(String expression, String expected) throws Exception {
        var input = Json.read(INPUT);

        var value = Expression.of(expression).evaluate(input);

        assertThat(value.exists()).isTrue();
        assertThat(Json.write(value.json())).isEqualTo(expected.equals("{input}") ? Json.write(input) : expected);
        assertPlain(value.json());
        assertThat(input).isEqualTo(Json.read(INPUT));
    }

    private static void assertPlain(@Nullable Object value) {
        if (value != null) {
            assertThat(value.getClass()).isIn(PLAIN);
        }
        if (value instanceof Map<?, ?> object) {
            object.values().forEach(ExpressionTest::assertPlain);
        }
        if (value instanceof List<?> array) {
            array.forEach(ExpressionTest::assertPlain);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"nope", "page.nope", "page.none.deeper", "page.items[price > 100]", "list[9]", "$nope", "()"})
    void whatIsNotThereIsNothing(String expression) throws Exception {
        assertThat(Expression.of(expression).evaluate(Json.read(INPUT))).isEqualTo(new Expression.Value(false, null));
    }

    @Test
    void nullIsFoundInAnyInput() throws Exception {
        assertThat(Expression.of("$").evaluate(Arrays.asList(1, null)).json()).isEqualTo(Arrays.asList(1, null));
        assertThat(Expression.of("$").evaluate(7).json()).isEqualTo(7);
        assertThat(Expression.of("a")
                        .evaluate(List.of(Map.of("a", 1), Map.of("a", 2)))
                        .json())
                .isEqualTo(List.of(1, 2));
        assertThat(Expression.of("$").evaluate(null)).isEqualTo(new Expression.Value(true, null));
    }

    @Test
    void whatItComesToIsNoPartOfTheInput() throws Exception {
        var input = Map.of("list", new ArrayList<Object>(List.of(1)));

        var list = (List<?>) Expression.of("list").evaluate(input).json();

        assertThat(list).isEqualTo(List.of(1)).isNotSameAs(input.get("list"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "page.", "a b", "(", "\"open", "/[/", "$$$(", "{\"a\"}", "1 +", "/* open"})
    void whatIsNotAnExpressionIsRefused(String text) {
        assertThatThrownBy(() -> Expression.of(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(text.strip() + " is not JSONata: ");
    }

    @Test
    void aSyntaxErrorSaysWhatAndWhere() {
        assertThatThrownBy(() -> Expression.of("page.items[price > ]"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("page.items[price > ] is not JSONata: The symbol \"]\" cannot be used as a unary operator"
                        + " (before character 21)");
    }

    @Test
    void aMonstrousExpressionIsRefused() {
        assertThatThrownBy(() -> Expression.of("1+".repeat(5_000) + "1"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageEndingWith("… has 10001 characters; allowed: at most 10000");
        // Whatever the parser makes of it, nothing but that is thrown.
        for (var text : List.of("(".repeat(10_000), "[".repeat(5_000) + "]".repeat(5_000), "-".repeat(9_999) + "1")) {
            try {
                Expression.of(text).evaluate(Map.of());
            } catch (IllegalArgumentException | SkillFailure e) {
                assertThat(e.getMessage()).hasSizeLessThan(1_000);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"secret:TOKEN", "page.${secret:TOKEN}", "\"${secret:TOKEN}\""})
    void secretsStandInNoExpression(String text) {
        assertThatThrownBy(() -> Expression.of(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(text + " has a secret in an expression; allowed: in a text, as \"Bearer ${secret:NAME}\"");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
                    $sum("a")                     | $sum("a") failed: Argument "a" of Object "n" must be an array of {{type}} (before character 6)
                    1 / 0                         | 1 / 0 failed: Number out of range: "Infinity"
                    $error("why")                 | $error("why") failed: why (before character 8)
                    $assert(false, "why")         | $assert(false, "why") failed: why (before character 9)
                    nope()                        | nope() failed: Attempted to invoke a non-function (before character 6)
                    $nope()                       | $nope() failed: Attempted to invoke a non-function (before character 7)
                    "a" + 1                       | "a" + 1 failed: The left side of the "+" operator must evaluate to a number
                    $eval("1 +")                  | $eval("1 +") calls $eval, which is not to be had
                    $sort([1, "a"])               | $sort([1, "a"]) sorts what is neither all numbers nor all text
                    $number("x")                  | $number("x") failed: java.lang.NumberFormatException: For input string: "x"
                    $power(10, 1000)              | $power(10, 1000) failed: The power Object has resulted in a value that cannot be represented as a JSON number: base="10", exponent="1000" (before character 2)
                    function($x) {$x}             | function($x) {$x} yields a function, which has no JSON form
                    [$sum]                        | [$sum] yields a function, which has no JSON form
                    {"a": /x/}                    | {"a": /x/} yields a function, which has no JSON form
                    """)
    void aFailureIsPermanentAndNamesTheExpression(String expression, String message) {
        assertFailure(expression, message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "($f := function($n) {$f($n + 1)}; $f(0))",
                "($f := function($n) {$n <= 0 ? 1 : $sum([1..10].($f($n - 1)))}; $f(10))",
                "[1..1000].([1..1000].([1..1000].($ * 2)))",
                "$map([1..1000000], function($x) {$sum([1..$x])})",
                // Of one step, in which nothing looks at the time.
                "$match($pad(\"\", 300, \"a\"), /(.*)(.*)(.*)(.*)b/)",
            })
    void whatTakesTooLongIsStopped(String expression) {
        long started = System.nanoTime();

        assertFailure(expression, shown(expression) + " took longer than 1 s");

        assertThat(System.nanoTime() - started).isLessThan(10_000_000_000L);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "($f := function($n) {1 + $f($n + 1)}; $f(0))",
                "($f := function($x) {[$f($x)]}; $f(1))",
                "($f := function($x) {$map([1, 2], $f)}; $f(1))",
            })
    void whatGoesTooDeepIsStopped(String expression) {
        assertFailure(expression, shown(expression) + " went deeper than 100 levels");
    }

    @Test
    void aFunctionMayCallItselfAFewTimes() throws Exception {
        assertThat(Expression.of("($f := function($n) {$n <= 1 ? 1 : $n * $f($n - 1)}; $f(12))")
                        .evaluate(Map.of())
                        .json())
                .isEqualTo(479001600);
        assertThat(Expression.of("($f := function($n, $sum) {$n = 0 ? $sum : $f($n - 1, $sum + $n)}; $f(1000, 0))")
                        .evaluate(Map.of())
                        .json())
                .isEqualTo(500500);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
                    ($f := function($s, $n) {$n = 0 ? $s : $f($s & $s, $n - 1)}; $f("abcd", 40)) | makes a text of more than 8000000 characters
                    $replace($join([1..9000].("0123456789")), /./, $join([1..9000].("0123456789"))) | makes a text of more than 8000000 characters
                    $pad("", 10001)                                                             | pads to more than 10000 characters
                    ($x := $join([1..90000].("0123456789")); $join([1..10].($x)))               | makes a text of more than 8000000 characters
                    ($f := function($x, $n) {$n = 0 ? $x : $f({"a": $x, "b": $x}, $n - 1)}; $string($f(1, 60))) | makes a text of more than 8000000 characters
                    [1..9000000]                                                                | makes an array of more than 1000000 values
                    [[1..600000], [1..600000]]                                                  | yields more than 1000000 values
                    ($f := function($x, $n) {$n = 0 ? $x : $f([[$x], [$x]], $n - 1)}; $f(1, 60)) | yields more than 1000000 values
                    """)
    void whatGrowsTooLargeIsStopped(String expression, String what) {
        assertFailure(expression, shown(expression) + " " + what);
    }

    @Test
    void anInterruptEndsTheWaitAndIsNoFailure() {
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> Expression.of("1").evaluate(Map.of())).isInstanceOf(InterruptedException.class);
    }

    @Test
    void aTransformationChangesACopy() throws Exception {
        var input = Json.read(INPUT);

        assertThat(Expression.of("($ ~> |page|{\"title\": \"new\"}|).page.title")
                        .evaluate(input)
                        .json())
                .isEqualTo("new");
        assertThat(input).isEqualTo(Json.read(INPUT));
    }

    @Test
    void manyArraysAreNotDeep() throws Exception {
        assertThat(Expression.of("$count([1..1000].([$, $, $]))")
                        .evaluate(Map.of())
                        .json())
                .isEqualTo(3000);
    }

    @Test
    void theTimeIsThatOfTheEvaluation() throws Exception {
        var now = Expression.of("$millis()");
        long before = System.currentTimeMillis();

        assertThat(((Number) now.evaluate(Map.of()).json()).longValue()).isBetween(before, System.currentTimeMillis());
    }

    @ParameterizedTest
    @ValueSource(strings = {"($__evaluate_entry := nope; 1)", "function($__evaluate_exit) {1}(1)"})
    void theBoundsAreNotToBeTakenAway(String expression) {
        assertThatThrownBy(() -> Expression.of(expression))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(expression + " has a name with __evaluate_, which is not allowed");
    }

    @Test
    void nothingOfJavaIsInReach() throws Exception {
        for (var expression :
                List.of("class", "$.class", "getClass", "$$.getClass()", "list.size", "$lookup($, \"class\")")) {
            try {
                assertThat(Expression.of(expression).evaluate(Json.read(INPUT)).exists())
                        .as(expression)
                        .isFalse();
            } catch (SkillFailure e) {
                // As it should.
            }
        }
    }

    @Test
    void oneExpressionServesManyThreads() throws Exception {
        var expression = Expression.of("($x := n; $x + $sum([1..n].($x)))");
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var calls = new ArrayList<Callable<@Nullable Object>>();
            for (int i = 1; i <= 200; i++) {
                int n = i;
                calls.add(() -> expression.evaluate(Map.of("n", n)).json());
            }
            var results = threads.invokeAll(calls);
            for (int i = 1; i <= 200; i++) {
                assertThat(results.get(i - 1).get()).isEqualTo(i + i * i);
            }
        }
    }

    private static String shown(String expression) {
        return expression.length() <= 200 ? expression : expression.substring(0, 200) + "…";
    }

    private static void assertFailure(String expression, String message) {
        assertThatThrownBy(() -> Expression.of(expression).evaluate(Json.read(INPUT)))
                .isInstanceOfSatisfying(SkillFailure.class, failure -> {
                    assertThat(failure).hasMessage(message);
                    assertThat(failure.isRetryable()).isFalse();
                });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "page",
                "page.items[price > 10].name",
                "page.items^(>price)",
                "page.items{name: price}",
                "page.items.{name: $}",
                "page.items#$i.{\"i\": $i, \"name\": name}",
                "page@$p.page.items.($p.title & name)",
                "page.items.tags.%.name",
                "page.items[]",
                "page.**",
                "page.*",
                "$ ~> |page.items|{\"dear\": price > 10}, \"tags\"|",
                "$reverse(list)",
                "$sort(list, function($a, $b) {$a < $b})",
                "$append(list, gaps)",
                "$append(one, 1)",
                "$distinct($append(list, list))",
                "$zip(list, gaps)",
                "$count($shuffle(list))",
                "$merge(page.items)",
                "$spread(page)",
                "$each(page, function($v, $k) {$k})",
                "$sift(page, function($v, $k) {$k != \"items\"})",
                "$map(list, function($v, $i, $a) {$v + $count($a)})",
                "$filter(gaps, function($v) {$v != null})",
                "$reduce(list, function($a, $b) {$a + $b})",
                "$keys(page.items)",
                "$lookup(page.items, \"name\")",
                "$string($)",
                "$sum(page.items.price)",
                "[exact, precise, huge, debt, long]",
                "nested.$",
                "[nested, one]"
            })
    void anInputThatIsSharedIsSeenAsAnyOther(String text) throws Exception {
        var input = Json.object(Json.read(INPUT));
        var shared = new LinkedHashMap<String, @Nullable Object>();
        input.forEach((name, value) -> shared.put(name, ExpressionInput.of(value)));
        var expression = Expression.of(text);

        var value = expression.evaluate(input);

        assertThat(value.exists()).isTrue();
        for (int i = 0; i < 3; i++) {
            assertThat(expression.evaluate(shared)).isEqualTo(value);
        }
    }

    @Test
    void manyAtOnceDoNotUseUpTheTimeOfEachOther() throws Exception {
        var expression = Expression.of("$sum([1..30000].($ * 2))");
        expression.evaluate(Map.of());
        var evaluations = new ArrayList<Callable<Expression.Value>>();
        for (int i = 0; i < 250; i++) {
            evaluations.add(() -> expression.evaluate(Map.of()));
        }

        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var value : threads.invokeAll(evaluations)) {
                assertThat(value.get().exists()).isTrue();
            }
        }
    }
}

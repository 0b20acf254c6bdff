package com.agenticverz.nova;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.conditions.ArchConditions.be;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.cluster.ImportsTheTop;
import com.agenticverz.nova.run.TestRuns;
import com.agenticverz.nova.violations.Violations;
import com.agenticverz.nova.violations.util.InABadPackage;
import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds of the source as a whole. Each rule is shown to fail, on a small class that breaks it. */
class ArchitectureTest {

    private static final String NOVA = "com.agenticverz.nova";

    /** Imports only run downhill. Above the first one are {@code Nova} and {@code Launcher} themselves. */
    private static final List<String> DOWNHILL = List.of(
            "testkit",
            "cli",
            "node",
            "console",
            "enqueue",
            "claim",
            "execute",
            "settle",
            "skill",
            "cluster",
            "store",
            "telemetry",
            "setting",
            "run");

    static {
        // Names are all that the rules look at; reading the JDK and every library would take a minute.
        ArchConfiguration.get().setResolveMissingDependenciesFromClassPath(false);
    }

    private static final JavaClasses MAIN = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages(NOVA);

    // --- who may use whom

    private static ArchRule usesNothingAbove(String name) {
        var above = Stream.concat(
                        Stream.of(NOVA),
                        DOWNHILL.subList(0, DOWNHILL.indexOf(name)).stream().map(ArchitectureTest::within))
                .toArray(String[]::new);
        return noClasses()
                .that()
                .resideInAPackage(within(name))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(above)
                .allowEmptyShould(false);
    }

    private static ArchRule usesOnlyTheJdk(String name) {
        return classes()
                .that()
                .resideInAPackage(within(name))
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("java..", "org.jspecify.annotations..", within(name))
                .allowEmptyShould(false);
    }

    private static final ArchRule SQL_ONLY_IN_STORE = noClasses()
            .that()
            .resideOutsideOfPackage(within("store"))
            // It takes the connection of an application, and hands it to the store.
            .and(not(outermost(NOVA + ".enqueue.RunClient")))
            .and(not(outermost(NOVA + ".enqueue.EnqueueException")))
            .should()
            .dependOnClassesThat(resideInAnyPackage(
                    "org.jdbi..", "java.sql..", "javax.sql..", "com.zaxxer..", "org.flywaydb..", "org.postgresql.."))
            .allowEmptyShould(false);

    private static final ArchRule KAMON_ONLY_IN_TELEMETRY = onlyIn(resideInAPackage("kamon.."), "telemetry");

    private static final ArchRule PEKKO_ONLY_WHERE_ACTORS_ARE =
            onlyIn(resideInAPackage("org.apache.pekko.."), "node", "claim", "execute", "settle", "cluster");

    private static final ArchRule JAVALIN_ONLY_IN_CONSOLE =
            onlyIn(resideInAnyPackage("io.javalin..", "org.eclipse.jetty.."), "console");

    private static final ArchRule SDKS_OF_MODELS_ONLY_IN_LLM =
            onlyIn(resideInAnyPackage("com.anthropic..", "com.openai..", "okhttp3..", "kotlin.."), "skill.builtin.llm");

    private static final ArchRule PICOCLI_ONLY_IN_CLI = noClasses()
            .that()
            .resideOutsideOfPackage(within("cli"))
            .and(not(outermost(NOVA + ".Nova")))
            .should()
            .dependOnClassesThat()
            .resideInAPackage("picocli..")
            .allowEmptyShould(false);

    private static ArchRule onlyIn(DescribedPredicate<JavaClass> library, String... packages) {
        return noClasses()
                .that()
                .resideOutsideOfPackages(
                        Arrays.stream(packages).map(ArchitectureTest::within).toArray(String[]::new))
                .should()
                .dependOnClassesThat(library)
                .allowEmptyShould(false);
    }

    private static String within(String name) {
        return NOVA + "." + name + "..";
    }

    // --- who may call what

    private static final ArchRule NO_CLOCK_BUT_AN_INJECTED_ONE = classes()
            .that()
            .resideOutsideOfPackages(within("node"), within("cli"), within("testkit"))
            // The moments in its params are those of the world.
            .and(not(outermost(NOVA + ".skill.builtin.WaitSkill")))
            // The timestamp that it signs is that of the world, too.
            .and(not(outermost(NOVA + ".skill.builtin.WebhookSendSkill")))
            .should(neverUse(
                    "a clock",
                    it -> it.getOwner().isEquivalentTo(System.class)
                                    && Set.of("nanoTime", "currentTimeMillis").contains(it.getName())
                            || it.getOwner().getPackageName().equals("java.time")
                                    && it.getName().equals("now")
                            || it.getOwner().isEquivalentTo(Clock.class)
                                    && it.getName().startsWith("system")))
            .allowEmptyShould(false);

    /** Those that may are on a thread that has nothing else to do. */
    private static final ArchRule NOBODY_SLEEPS = classes()
            .that(not(resideInAPackage(NOVA + ".skill.builtin..")
                    .or(outermost(NOVA + ".execute.StepExecution"))
                    .or(outermost(NOVA + ".execute.RunCheckpoints"))
                    .or(outermost(NOVA + ".execute.RunSignals"))
                    .or(outermost(NOVA + ".execute.UntilAnswered"))
                    .or(outermost(NOVA + ".store.Notifications"))
                    .or(outermost(NOVA + ".node.DatabaseStart"))
                    .or(outermost(NOVA + ".cli.DevCommand"))
                    // A bench that asked without a rest would measure itself.
                    .or(outermost(NOVA + ".cli.bench.Pace"))))
            .should(neverUse(
                    "sleep",
                    it -> (it.getOwner().isEquivalentTo(Thread.class)
                                            || it.getOwner().isEquivalentTo(TimeUnit.class))
                                    && it.getName().equals("sleep")
                            || it.getOwner().isEquivalentTo(LockSupport.class)
                                    && it.getName().startsWith("park")))
            .allowEmptyShould(false);

    private static DescribedPredicate<JavaClass> outermost(String name) {
        return describe(
                "is " + name, it -> it.getName().equals(name) || it.getName().startsWith(name + "$"));
    }

    /** Neither called nor handed on as a method reference. */
    private static ArchCondition<JavaClass> neverUse(String what, Predicate<AccessTarget> target) {
        return new ArchCondition<>("never use " + what) {
            @Override
            public void check(JavaClass owner, ConditionEvents events) {
                owner.getAccessesFromSelf().stream()
                        .filter(access -> target.test(access.getTarget()))
                        .forEach(access -> events.add(SimpleConditionEvent.violated(access, access.getDescription())));
            }
        };
    }

    // --- names

    private static final Pattern SAYS_NOTHING =
            Pattern.compile("(^|[a-z])(Util|Helper|Common|Impl|Manager|Abstract)(s|ities)?([A-Z]|$)");

    private static final ArchRule NAMES_SAY_SOMETHING = noClasses()
            .should(be(describe(
                    "named after nothing",
                    it -> SAYS_NOTHING.matcher(it.getSimpleName()).find()
                            || Arrays.stream(it.getPackageName().split("\\."))
                                    .anyMatch(part -> part.matches("(util|helper|common|impl|manager|abstract)s?")))))
            .allowEmptyShould(false);

    private static final ArchRule EVERY_PACKAGE_SAYS_WHAT_IT_IS_FOR = classes()
            .that()
            // The two that start everything; their package is the product.
            .resideOutsideOfPackage(NOVA)
            .should(new ArchCondition<>("be in a package with a package-info") {
                @Override
                public void check(JavaClass owner, ConditionEvents events) {
                    if (owner.getPackage().tryGetPackageInfo().isEmpty()) {
                        events.add(SimpleConditionEvent.violated(
                                owner, owner.getName() + " is in a package without a package-info"));
                    }
                }
            })
            .allowEmptyShould(false);

    // --- the rules hold, and each can fail

    static Stream<Arguments> rules() {
        return Stream.of(
                rule(usesOnlyTheJdk("run"), com.agenticverz.nova.run.ImportsUphill.class),
                rule(usesOnlyTheJdk("setting"), com.agenticverz.nova.setting.ImportsSidewards.class),
                rule(
                        SQL_ONLY_IN_STORE,
                        Violations.UsesJdbi.class,
                        Violations.UsesJavaSql.class,
                        Violations.UsesHikari.class,
                        Violations.UsesFlyway.class,
                        Violations.UsesTheDriver.class),
                rule(KAMON_ONLY_IN_TELEMETRY, Violations.UsesKamon.class),
                rule(PEKKO_ONLY_WHERE_ACTORS_ARE, Violations.UsesPekko.class),
                rule(JAVALIN_ONLY_IN_CONSOLE, Violations.UsesJavalin.class),
                rule(SDKS_OF_MODELS_ONLY_IN_LLM, Violations.UsesAnthropic.class, Violations.UsesOpenAi.class),
                rule(PICOCLI_ONLY_IN_CLI, Violations.UsesPicocli.class),
                rule(
                        NO_CLOCK_BUT_AN_INJECTED_ONE,
                        Violations.ReadsNanoTime.class,
                        Violations.RefersToNanoTime.class,
                        Violations.ReadsCurrentTimeMillis.class,
                        Violations.ReadsInstant.class,
                        Violations.ReadsSystemClock.class),
                rule(NOBODY_SLEEPS, Violations.Sleeps.class, Violations.SleepsByUnit.class),
                rule(
                        NAMES_SAY_SOMETHING,
                        Violations.TimeUtils.class,
                        Violations.PoolHelper.class,
                        Violations.CommonThings.class,
                        Violations.StoreImpl.class,
                        Violations.RunManager.class,
                        Violations.AbstractRun.class,
                        InABadPackage.class),
                rule(EVERY_PACKAGE_SAYS_WHAT_IT_IS_FOR, InABadPackage.class));
    }

    static Stream<Arguments> violations() {
        return rules().flatMap(rule ->
                Arrays.stream((Class<?>[]) rule.get()[1]).map(violation -> Arguments.of(rule.get()[0], violation)));
    }

    private static Arguments rule(ArchRule rule, Class<?>... violations) {
        return Arguments.of(rule, violations);
    }

    @ParameterizedTest
    @MethodSource("rules")
    void theRuleHolds(ArchRule rule) {
        rule.check(MAIN);
    }

    @ParameterizedTest
    @MethodSource("violations")
    void theRuleCanFail(ArchRule rule, Class<?> violation) {
        assertThat(fails(rule, violation)).isTrue();
    }

    static Stream<String> packages() {
        return DOWNHILL.stream().filter(MAIN_PACKAGES::contains);
    }

    private static final Set<String> MAIN_PACKAGES = MAIN.stream()
            .map(JavaClass::getPackageName)
            .filter(it -> it.startsWith(NOVA + "."))
            .map(it -> it.substring(NOVA.length() + 1).split("\\.")[0])
            .collect(Collectors.toCollection(TreeSet::new));

    @ParameterizedTest
    @MethodSource("packages")
    void importsOnlyRunDownhill(String name) {
        usesNothingAbove(name).check(MAIN);
    }

    @Test
    void everyPackageHasItsPlaceInThatOrder() {
        assertThat(MAIN_PACKAGES).isNotEmpty().isSubsetOf(DOWNHILL);
    }

    @Test
    void anImportUphillIsFound() {
        assertThat(fails(usesNothingAbove("run"), com.agenticverz.nova.run.ImportsUphill.class))
                .isTrue();
        assertThat(fails(usesNothingAbove("settle"), com.agenticverz.nova.settle.ImportsUphill.class))
                .isTrue();
        assertThat(fails(usesNothingAbove("cluster"), ImportsTheTop.class)).isTrue();
        assertThat(fails(usesNothingAbove("run"), TestRuns.class)).isFalse();
    }

    private static boolean fails(ArchRule rule, Class<?> violation) {
        return rule.evaluate(new ClassFileImporter().importClasses(violation)).hasViolation();
    }

    // --- statements

    private static final Path STATEMENTS = Path.of("src/main/resources/com/agenticverz/nova/store");
    private static final Pattern NAMED = Pattern.compile("Sql\\.named\\(\\s*\"([^\"]+)\"");

    @Test
    void everyStatementHasAFileAndEveryFileAUse() throws IOException {
        Set<String> files;
        try (var list = Files.list(STATEMENTS)) {
            files = list.map(it -> it.getFileName().toString())
                    .filter(it -> it.endsWith(".sql"))
                    .map(it -> it.replace(".sql", ""))
                    .collect(Collectors.toCollection(TreeSet::new));
        }

        assertThat(files).isNotEmpty();
        assertThat(named(sources(Path.of("src/main")))).containsExactlyElementsOf(files);
    }

    @Test
    void aStatementIsFoundByItsName() {
        assertThat(named(Map.of(Path.of("A.java"), "x(Sql.named(\"claim\")); y(Sql.named(\n \"settle\"))")))
                .containsExactly("claim", "settle");
    }

    private static Set<String> named(Map<Path, String> sources) {
        return sources.values().stream()
                .flatMap(it -> NAMED.matcher(it).results())
                .map(it -> it.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    // --- leftovers

    /** Written so that it does not find itself. */
    private static final Pattern LEFTOVER = Pattern.compile("@Disable" + "d\\b|\\bTO" + "DO\\b|\\bFIX" + "ME\\b");

    @Test
    void nothingIsLeftForLater() {
        assertThat(leftovers(sources(Path.of("src")))).isEmpty();
    }

    @Test
    void whatIsLeftForLaterIsFound() {
        assertThat(leftovers(Map.of(Path.of("A.java"), "fine\n// TO" + "DO later\n@Disable" + "d\n")))
                .containsExactly("A.java:2", "A.java:3");
    }

    private static List<String> leftovers(Map<Path, String> sources) {
        return sources.entrySet().stream()
                .flatMap(source -> {
                    var lines = source.getValue().lines().toList();
                    return IntStream.range(0, lines.size())
                            .filter(i -> LEFTOVER.matcher(lines.get(i)).find())
                            .mapToObj(i -> source.getKey() + ":" + (i + 1));
                })
                .toList();
    }

    private static Map<Path, String> sources(Path root) {
        try (var files = Files.walk(root)) {
            return files.filter(it -> it.toString().matches(".*\\.(java|sql|conf|xml|pml|sh)"))
                    .collect(Collectors.toMap(it -> it, ArchitectureTest::text, (a, _) -> a, TreeMap::new));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(file.toString(), e);
        }
    }
}

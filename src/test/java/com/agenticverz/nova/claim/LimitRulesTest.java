package com.agenticverz.nova.claim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.agenticverz.nova.claim.LimitRules.Rule;
import com.agenticverz.nova.store.Limit;
import com.agenticverz.nova.store.Limit.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LimitRulesTest {

    private static Limit running(Kind kind, String pattern, int maxRunning) {
        return new Limit(kind, pattern, maxRunning, null, null, null, null);
    }

    private static Limit nothing(Kind kind, String pattern) {
        return new Limit(kind, pattern, null, null, null, null, null);
    }

    private static LimitRules rules(Limit... limits) {
        return new LimitRules(Set.of(limits));
    }

    @ParameterizedTest
    @CsvSource({
        // by its name, whatever the length of a pattern
        "a, 1",
        // the longest pattern that fits
        "mail-eu-2, 2",
        "mail-us, 3",
        // of two as long, the first in the alphabet
        "xyx, 4",
        // the rest
        "somebody, 5",
        // case matters
        "Mail-us, 5",
    })
    void theMostSpecificRowCounts(String agent, int maxRunning) {
        var rules = rules(
                running(Kind.AGENT, "a", 1),
                running(Kind.AGENT, "a*******", 9),
                running(Kind.AGENT, "mail-eu-*", 2),
                running(Kind.AGENT, "mail-*", 3),
                running(Kind.AGENT, "*yx", 4),
                running(Kind.AGENT, "xy*", 8),
                running(Kind.AGENT, "*", 5));

        assertThat(rules.of(Kind.AGENT, agent).maxRunning()).isEqualTo(maxRunning);
        assertThat(rules.of(new Subject(Kind.AGENT, agent)).maxRunning()).isEqualTo(maxRunning);
    }

    @Test
    void aNameWithAStarInItIsFoundByItsPatternOnly() {
        assertThat(rules(running(Kind.KEY, "a*", 1)).of(Kind.KEY, "a*").maxRunning())
                .isEqualTo(1);
    }

    @Test
    void theMostSpecificRowCountsAsAWhole() {
        var rules = rules(
                new Limit(Kind.AGENT, "*", 5, 10, 1.0, null, 3.0),
                new Limit(Kind.AGENT, "free", null, null, null, null, null),
                new Limit(Kind.AGENT, "heavy", null, null, null, null, 7.0));

        assertThat(rules.of(Kind.AGENT, "free")).isEqualTo(Rule.NONE);
        assertThat(rules.of(Kind.AGENT, "heavy")).isEqualTo(new Rule(Integer.MAX_VALUE, null, 7));
        assertThat(rules.of(Kind.AGENT, "any")).isEqualTo(new Rule(5, new StartRate(1e8, 1), 3));
    }

    @Test
    void kindsAreApart() {
        var rules = rules(running(Kind.SKILL, "a", 1));

        assertThat(rules.of(Kind.AGENT, "a")).isEqualTo(Rule.NONE);
        assertThat(rules.of(Kind.KEY, "a")).isEqualTo(Rule.NONE);
        assertThat(rules.of(Kind.SKILL, "a").maxRunning()).isEqualTo(1);
        assertThat(rules.bind(Kind.SKILL)).isTrue();
        assertThat(rules.bind(Kind.AGENT)).isFalse();
    }

    @Test
    void rowsWithoutNumbersBindNothing() {
        assertThat(rules().bindAnything()).isFalse();
        assertThat(rules(nothing(Kind.SKILL, "*"), new Limit(Kind.AGENT, "*", null, null, null, null, 2.0))
                        .bindAnything())
                .isFalse();
        assertThat(rules(running(Kind.KEY, "*", 0)).bindAnything()).isTrue();
        assertThat(rules(running(Kind.KEY, "*", 0)).bindStarts()).isFalse();
        var rate = rules(new Limit(Kind.KEY, "*", null, 1, 1.0, null, null));
        assertThat(rate.bindAnything()).isTrue();
        assertThat(rate.bindStarts()).isTrue();
    }

    @Test
    void rowsThatAreTheSameAreTheSameInAnyOrder() {
        var one = running(Kind.AGENT, "a", 1);
        var other = running(Kind.AGENT, "b", 1);
        assertThat(rules(one, other).areOf(new HashSet<>(List.of(other, one)))).isTrue();
        assertThat(rules(one, other).areOf(Set.of(one))).isFalse();
        assertThat(rules(one).areOf(Set.of(running(Kind.AGENT, "a", 2)))).isFalse();
    }

    @Test
    void aRowThatMakesNoSenseIsNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> rules(new Limit(Kind.AGENT, "mail-*", null, 5, Double.NaN, null, null)))
                .withMessageContaining("mail-*")
                .withMessageContaining("NaN");
    }

    /** More names than are remembered: no other answers, and no more memory. */
    @Test
    void whatIsRememberedIsBounded() {
        var rules = rules(running(Kind.KEY, "*1", 1), running(Kind.KEY, "*", 2));
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < 3 * LimitRules.REMEMBERED; i++) {
                assertThat(rules.of(Kind.KEY, "key-" + i).maxRunning()).isEqualTo(i % 10 == 1 ? 1 : 2);
                assertThat(rules.remembered()).isLessThanOrEqualTo(LimitRules.REMEMBERED);
            }
        }
    }

    @Test
    void anyRowsAreFoundAsBySortingAllThatFit() {
        var random = new Random(2);
        for (int round = 0; round < 500; round++) {
            var limits = new HashSet<Limit>();
            for (int i = 0; i < 12; i++) {
                var pattern = text(random, "ab*", 1 + random.nextInt(4));
                if (limits.stream().noneMatch(it -> it.pattern().equals(pattern))) {
                    limits.add(running(Kind.AGENT, pattern, i));
                }
            }
            var rules = new LimitRules(limits);
            for (int i = 0; i < 40; i++) {
                var name = text(random, "ab", random.nextInt(5));
                assertThat(rules.of(Kind.AGENT, name).maxRunning())
                        .as(name + " of " + limits)
                        .isEqualTo(naive(limits, name));
            }
        }
    }

    private static int naive(Set<Limit> limits, String name) {
        var fitting = new ArrayList<>(limits.stream()
                .filter(it -> name.matches(it.pattern().replace("*", ".*")))
                .toList());
        fitting.sort((one, other) -> {
            if (one.pattern().contains("*") != other.pattern().contains("*")) {
                return one.pattern().contains("*") ? 1 : -1;
            }
            int length = other.pattern().length() - one.pattern().length();
            return length != 0 ? length : one.pattern().compareTo(other.pattern());
        });
        return fitting.isEmpty() ? Integer.MAX_VALUE : fitting.getFirst().maxRunning();
    }

    private static String text(Random random, String of, int length) {
        return Stream.generate(() -> of.charAt(random.nextInt(of.length())))
                .limit(length)
                .map(String::valueOf)
                .reduce("", String::concat);
    }
}

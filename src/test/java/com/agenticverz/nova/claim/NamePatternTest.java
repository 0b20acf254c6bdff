package com.agenticverz.nova.claim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NamePatternTest {

    @ParameterizedTest
    @CsvSource({
        "*, '', true",
        "*, anything at all, true",
        "**, a, true",
        "mail-*, mail-, true",
        "mail-*, mail-eu, true",
        "mail-*, mail, false",
        "mail-*, e-mail-eu, false",
        "*-eu, mail-eu, true",
        "*-eu, mail-eu-2, false",
        "a*a, a, false",
        "a*a, aa, true",
        "a*b*c, abc, true",
        "a*b*c, axxbxxbxxc, true",
        "a*b*c, acb, false",
        "*ab*ab*, abab, true",
        "*ab*ab*, aba, false",
        "a*bc*c, abc, false",
        "a.c*, abc, false",
        "a.c*, a.c, true",
        "a?*, ab, false",
        "MAIL*, mail, false",
        "'a_%*', 'a_%1', true",
        "'a_%*', 'ab1', false",
    })
    void fitsWhatItsTextAllows(String pattern, String name, boolean fits) {
        assertThat(new NamePattern(pattern).fits(name)).isEqualTo(fits);
    }

    @Test
    void aNameIsNoPattern() {
        assertThat(NamePattern.isName("mail")).isTrue();
        assertThat(NamePattern.isName("ma*il")).isFalse();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new NamePattern("mail"))
                .withMessageContaining("mail");
    }

    @Test
    void anyPatternFitsWhatARegularExpressionOfTheSameMeaningFits() {
        var random = new Random(1);
        int fitting = 0;
        for (int i = 0; i < 50_000; i++) {
            var pattern = text(random, "ab*", 1 + random.nextInt(6)) + "*";
            var name = text(random, "ab", random.nextInt(8));
            var expression = pattern.chars()
                    .mapToObj(it -> it == '*' ? ".*" : Pattern.quote(Character.toString(it)))
                    .collect(Collectors.joining());
            boolean fits = Pattern.matches(expression, name);
            assertThat(new NamePattern(pattern).fits(name))
                    .as(pattern + " " + name)
                    .isEqualTo(fits);
            fitting += fits ? 1 : 0;
        }
        assertThat(fitting).isBetween(5_000, 45_000);
    }

    private static String text(Random random, String of, int length) {
        return random.ints(length, 0, of.length())
                .mapToObj(it -> of.substring(it, it + 1))
                .collect(Collectors.joining());
    }
}

package com.agenticverz.nova.node;

import com.agenticverz.nova.skill.Secrets;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Finds environment variables that nothing reads because their names are almost, but not quite, those of settings. */
final class Misspellings {

    /** Two letters wrong: more would take {@code HTTP_PROXY} for {@code HTTP_PORT}. */
    private static final int FARTHEST = 2;

    private static final Set<String> KNOWN = Stream.concat(
                    Arrays.stream(Variable.values()).map(Enum::name), Stream.of(Variable.CONFIG_FILE))
            .collect(Collectors.toUnmodifiableSet());

    private Misspellings() {}

    /** One line for each of {@code names} that is close to a setting's name and is none itself, sorted. */
    static List<String> in(Collection<String> names) {
        return names.stream()
                .filter(name -> !KNOWN.contains(name) && !Secrets.isVariable(name))
                .sorted()
                .flatMap(name -> KNOWN.stream()
                        .filter(known -> distance(name, known) <= FARTHEST)
                        .sorted()
                        .limit(1)
                        .map(known -> name + " is not a setting of Nova; did you mean " + known + "?"))
                .toList();
    }

    /** How many letters have to be put in, left out or replaced to turn one into the other (Levenshtein). */
    private static int distance(String from, String to) {
        if (Math.abs(from.length() - to.length()) > FARTHEST) {
            return Integer.MAX_VALUE;
        }
        int[] previous = new int[to.length() + 1];
        Arrays.setAll(previous, j -> j);
        for (int i = 1; i <= from.length(); i++) {
            int[] current = new int[to.length() + 1];
            current[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int replaced = previous[j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(replaced, 1 + Math.min(previous[j], current[j - 1]));
            }
            previous = current;
        }
        return previous[to.length()];
    }
}

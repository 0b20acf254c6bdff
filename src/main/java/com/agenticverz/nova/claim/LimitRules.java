package com.agenticverz.nova.claim;

import com.agenticverz.nova.store.Limit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which row of the table {@code limits} counts for whom: the most specific one, as a whole. That is the name itself before
 * any pattern with {@code *}, then the longer pattern, then the first one in the alphabet. Not thread-safe; owned by the
 * poller.
 */
final class LimitRules {

    /**
     * What holds for a subject.
     *
     * @param maxRunning most runs at once
     * @param rate most starts; null: any number
     * @param weight of an agent
     */
    record Rule(int maxRunning, @Nullable StartRate rate, double weight) {

        static final Rule NONE = new Rule(Integer.MAX_VALUE, null, 1);

        static Rule of(Limit limit) {
            var maxRunning = limit.maxRunning();
            var weight = limit.weight();
            return new Rule(
                    maxRunning == null ? Integer.MAX_VALUE : maxRunning,
                    StartRate.of(limit),
                    weight == null ? 1 : weight);
        }

        boolean binds() {
            return maxRunning < Integer.MAX_VALUE || rate != null;
        }
    }

    private record Ranked(NamePattern pattern, Rule rule) {}

    /** The rows of one kind. */
    private static final class Rows {
        final Map<String, Rule> names = new HashMap<>();
        final List<Ranked> patterns = new ArrayList<>();
        final Map<String, Rule> found = new HashMap<>();
        boolean bind;
        boolean bindStarts;
    }

    /** So many subjects of a kind are remembered; with more, all are looked up anew. */
    static final int REMEMBERED = 20_000;

    private static final Comparator<Limit> MOST_SPECIFIC_FIRST = Comparator.<Limit>comparingInt(
                    it -> -it.pattern().codePointCount(0, it.pattern().length()))
            .thenComparing(Limit::pattern);

    private final Set<Limit> limits;
    private final Map<Limit.Kind, Rows> rows = new EnumMap<>(Limit.Kind.class);

    /** @throws IllegalArgumentException if a row makes no sense; the table does not allow it */
    LimitRules(Set<Limit> limits) {
        this.limits = limits;
        limits.stream().sorted(MOST_SPECIFIC_FIRST).forEach(this::add);
    }

    private void add(Limit limit) {
        var ofKind = rows.computeIfAbsent(limit.kind(), _ -> new Rows());
        var rule = Rule.of(limit);
        if (NamePattern.isName(limit.pattern())) {
            ofKind.names.put(limit.pattern(), rule);
        } else {
            ofKind.patterns.add(new Ranked(new NamePattern(limit.pattern()), rule));
        }
        ofKind.bind |= rule.binds();
        ofKind.bindStarts |= rule.rate() != null;
    }

    /** Whether they were made of these rows. */
    boolean areOf(Set<Limit> others) {
        return limits.equals(others);
    }

    /** Whether any row bounds anything. */
    boolean bindAnything() {
        return rows.values().stream().anyMatch(it -> it.bind);
    }

    /** Whether any row bounds starts. */
    boolean bindStarts() {
        return rows.values().stream().anyMatch(it -> it.bindStarts);
    }

    /** Whether any row bounds anything of this kind. */
    boolean bind(Limit.Kind kind) {
        var ofKind = rows.get(kind);
        return ofKind != null && ofKind.bind;
    }

    /** What holds for it; {@link Rule#NONE} if no row does. */
    Rule of(Subject subject) {
        return of(subject.kind(), subject.name());
    }

    /** What holds for it; {@link Rule#NONE} if no row does. */
    Rule of(Limit.Kind kind, String name) {
        var ofKind = rows.get(kind);
        if (ofKind == null) {
            return Rule.NONE;
        }
        var known = ofKind.found.get(name);
        if (known != null) {
            return known;
        }
        if (ofKind.found.size() >= REMEMBERED) {
            ofKind.found.clear();
        }
        var rule = find(ofKind, name);
        ofKind.found.put(name, rule);
        return rule;
    }

    /** How many subjects are remembered. */
    int remembered() {
        return rows.values().stream().mapToInt(it -> it.found.size()).sum();
    }

    private static Rule find(Rows ofKind, String name) {
        var itself = ofKind.names.get(name);
        if (itself != null) {
            return itself;
        }
        for (var ranked : ofKind.patterns) {
            if (ranked.pattern().fits(name)) {
                return ranked.rule();
            }
        }
        return Rule.NONE;
    }
}

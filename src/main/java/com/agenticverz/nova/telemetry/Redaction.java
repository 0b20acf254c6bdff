package com.agenticverz.nova.telemetry;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Puts <code>${secret:NAME}</code> in the place of secrets, wherever a text holds one: as it is, or in one of its
 * {@link SecretForms}. Where a text was cut within a secret, so that its beginning is left, that goes too. One pass over a
 * text, however many secrets there are. Immutable.
 */
public final class Redaction {

    /** Hides nothing. */
    public static final Redaction NONE = new Redaction(Set.of());

    /** Shorter ones cannot be told from ordinary text. */
    public static final int LEAST_CHARS = 6;

    private static final int BUCKETS = 1024;

    /**
     * A text, and what stands for it.
     *
     * @param text at least {@link #LEAST_CHARS} characters
     */
    private record Form(String text, String shown) {}

    private final Set<Form> forms;

    /** By their first two characters, the longest first; null: nothing begins so. */
    private final List<Form>[] byBeginning;

    private Redaction(Set<Form> forms) {
        this.forms = forms;
        @SuppressWarnings({"unchecked", "rawtypes"}) // there are no arrays of lists of something
        List<Form>[] buckets = new List[forms.isEmpty() ? 0 : BUCKETS];
        for (var form : forms) {
            int bucket = bucket(form.text(), 0);
            if (buckets[bucket] == null) {
                buckets[bucket] = new ArrayList<>();
            }
            buckets[bucket].add(form);
        }
        for (var bucket : buckets) {
            if (bucket != null) {
                bucket.sort(Comparator.comparingInt((Form form) -> form.text().length())
                        .reversed());
            }
        }
        this.byBeginning = buckets;
    }

    /**
     * Hides one secret.
     *
     * @param value at least {@link #LEAST_CHARS} characters
     */
    public static Redaction of(String name, String value) {
        if (value.length() < LEAST_CHARS) {
            throw new IllegalArgumentException("a secret of " + value.length() + " characters");
        }
        var forms = new LinkedHashSet<Form>();
        for (var text : SecretForms.of(value)) {
            if (text.length() >= LEAST_CHARS) {
                forms.add(new Form(text, "${secret:" + name + "}"));
            }
        }
        return new Redaction(forms);
    }

    /** Hides what either hides. */
    public Redaction and(Redaction other) {
        if (other.isEmpty() || this == other) {
            return this;
        }
        if (isEmpty()) {
            return other;
        }
        return all(List.of(this, other));
    }

    /** Hides what any of them hides. */
    static Redaction all(Collection<Redaction> redactions) {
        var forms = new LinkedHashSet<Form>();
        redactions.forEach(it -> forms.addAll(it.forms));
        return new Redaction(forms);
    }

    /** Whether it hides nothing. */
    public boolean isEmpty() {
        return forms.isEmpty();
    }

    /** The text without secrets; the same object where it holds none. */
    public String in(String text) {
        if (isEmpty()) {
            return text;
        }
        StringBuilder hidden = null;
        int copied = 0;
        for (int i = 0; i + LEAST_CHARS <= text.length(); i++) {
            var candidates = byBeginning[bucket(text, i)];
            if (candidates == null) {
                continue;
            }
            for (var form : candidates) {
                int matching = matching(form.text(), text, i);
                if (matching > 0) {
                    hidden = hidden == null ? new StringBuilder(text.length()) : hidden;
                    hidden.append(text, copied, i).append(form.shown());
                    copied = i + matching;
                    i = copied - 1;
                    break;
                }
            }
        }
        return hidden == null
                ? text
                : hidden.append(text, copied, text.length()).toString();
    }

    /** A JSON value without secrets, in the names of members too; a number that holds one becomes text. */
    public @Nullable Object inJson(@Nullable Object value) {
        return switch (value) {
            case String text -> in(text);
            case Number number -> {
                var digits = number.toString();
                var hidden = in(digits);
                yield hidden.equals(digits) ? number : hidden;
            }
            case Map<?, ?> object -> {
                var members = new LinkedHashMap<String, @Nullable Object>();
                object.forEach((name, member) -> members.put(in((String) name), inJson(member)));
                yield members;
            }
            case List<?> array -> {
                var elements = new ArrayList<@Nullable Object>(array.size());
                array.forEach(element -> elements.add(inJson(element)));
                yield elements;
            }
            case null, default -> value;
        };
    }

    /** How many characters at this place are of the form; 0: it is not there. */
    private static int matching(String form, String text, int at) {
        int most = Math.min(form.length(), text.length() - at);
        int same = 0;
        while (same < most && form.charAt(same) == text.charAt(at + same)) {
            same++;
        }
        if (same == form.length()) {
            return same;
        }
        if (same < LEAST_CHARS) {
            return 0;
        }
        int end = at + same;
        boolean shortened = text.startsWith("…", end) || text.startsWith("...", end);
        // Half of it at least: a text may well end as the address of a server begins.
        boolean ends = end == text.length() && same * 2 >= form.length();
        return shortened || ends ? same : 0;
    }

    private static int bucket(String text, int at) {
        return (text.charAt(at) * 31 + text.charAt(at + 1)) & (BUCKETS - 1);
    }

    /** Without the secrets. */
    @Override
    public String toString() {
        return "a redaction of " + forms.size() + " forms";
    }
}

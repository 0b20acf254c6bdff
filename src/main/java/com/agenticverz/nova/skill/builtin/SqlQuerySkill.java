package com.agenticverz.nova.skill.builtin;

import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.skill.Skill;
import com.agenticverz.nova.skill.SkillContext;
import com.agenticverz.nova.skill.SkillFailure;
import com.agenticverz.nova.store.ForeignFailure;
import com.agenticverz.nova.store.ForeignRows;
import com.agenticverz.nova.store.ForeignSource;
import com.agenticverz.nova.store.ForeignStatement;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Executes a statement on a PostgreSQL database that the settings name, and returns its rows; {@code skills.md} has params,
 * output and settings. {@link ForeignSource} says what keeps a read-only source read-only.
 */
public final class SqlQuerySkill implements Skill {

    private static final List<String> PARAMS = List.of("source", "sql", "params", "max_rows");
    private static final String KEY = "idempotency_key";

    /** What a run may have as its result at most. */
    private static final int MOST_CHARS = 8_000_000;

    private SqlQuerySettings settings = SqlQuerySettings.of(Map.of());

    /** Without sources, until it is configured. */
    public SqlQuerySkill() {}

    @Override
    public String name() {
        return "sql_query";
    }

    @Override
    public String description() {
        return "executes a statement on a PostgreSQL database that the settings name, and returns its rows";
    }

    @Override
    public void configure(Map<String, Object> given) {
        settings = SqlQuerySettings.of(given);
    }

    @Override
    public Object run(Map<String, @Nullable Object> params, SkillContext context) throws InterruptedException {
        Param.only(PARAMS, params);
        var name = params.get("source");
        var source = source(name);
        int maxRows = maxRows(params.get("max_rows"), source.maxRows(), name);
        var statement = statement(params.get("sql"), params.get("params"));
        var values = params.get("params") instanceof List<?> list
                ? positional(statement, list)
                : named(statement, Json.object(params.getOrDefault("params", null)), context);
        try {
            return output(source.database().execute(statement, values, new ForeignSource.Limits(maxRows, MOST_CHARS)));
        } catch (ForeignFailure e) {
            var message = "source '" + name + "' " + Text.line(String.valueOf(e.getMessage()), 500);
            throw e.isRetryable() ? SkillFailure.retryable(message) : SkillFailure.permanent(message);
        }
    }

    private static Map<String, @Nullable Object> output(ForeignRows rows) {
        var output = new LinkedHashMap<String, @Nullable Object>();
        output.put("columns", rows.columns());
        output.put("rows", rows.rows());
        output.put("row_count", rows.count());
        return output;
    }

    private SqlQuerySettings.Source source(@Nullable Object name) {
        var sources = settings.sources();
        var source = name instanceof String text ? sources.get(text) : null;
        if (source == null) {
            throw Param.bad(
                    "source",
                    name,
                    sources.isEmpty()
                            ? "a source under nova.skills.sql_query.sources, which has none"
                            : String.join(", ", sources.keySet()));
        }
        return source;
    }

    private static int maxRows(@Nullable Object value, int most, @Nullable Object source) {
        if (value == null) {
            return most;
        }
        if (value instanceof Integer number && number >= 1 && number <= most) {
            return number;
        }
        throw Param.bad("max_rows", value, "1 to " + most + " (nova.skills.sql_query.sources." + source + ".max_rows)");
    }

    private static ForeignStatement statement(@Nullable Object sql, @Nullable Object params) {
        if (params != null && !(params instanceof List<?>) && !(params instanceof Map<?, ?>)) {
            throw Param.hidden("params", params, "an object, for :name in sql, or an array, for ? in sql");
        }
        if (!(sql instanceof String text)) {
            throw Param.hidden("sql", sql, "a statement");
        }
        try {
            return params instanceof List<?> ? ForeignStatement.positional(text) : ForeignStatement.named(text);
        } catch (IllegalArgumentException e) {
            throw SkillFailure.permanent("sql " + e.getMessage());
        }
    }

    private static List<? extends @Nullable Object> positional(ForeignStatement statement, List<?> values) {
        int places = statement.names().size();
        if (values.size() != places) {
            throw SkillFailure.permanent(
                    "params has " + values.size() + " values, but sql has " + places + " ?; allowed: one for each");
        }
        return values;
    }

    private static List<? extends @Nullable Object> named(
            ForeignStatement statement, @Nullable Map<String, @Nullable Object> given, SkillContext context) {
        var values = new LinkedHashMap<String, @Nullable Object>();
        values.put(KEY, context.idempotencyKey());
        var unused = new LinkedHashSet<String>();
        if (given != null) {
            if (given.containsKey(KEY)) {
                throw SkillFailure.permanent("params." + KEY + " is given, but Nova binds it; allowed: another name");
            }
            values.putAll(given);
            unused.addAll(given.keySet());
        }
        for (var name : statement.names()) {
            if (!values.containsKey(name)) {
                throw SkillFailure.permanent("sql has :" + Text.line(name, 100) + ", but params has no value for it");
            }
            unused.remove(name);
        }
        if (!unused.isEmpty()) {
            var name = Text.line(unused.getFirst(), 100);
            throw SkillFailure.permanent("params." + name + " is given, but sql has no :" + name);
        }
        return statement.names().stream().map(values::get).toList();
    }

    @Override
    public void close() {
        settings.sources().values().forEach(it -> it.database().close());
    }
}

package com.agenticverz.nova.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.jdbi.v3.core.Jdbi;

/**
 * The plans of statements as they ran, with the values that they were sent with: {@code auto_explain} returns each with
 * the statement that it belongs to.
 */
final class ExecutedPlans {

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final List<JsonNode> COLLECTED = new ArrayList<>();

    private ExecutedPlans() {}

    /** Those of what ran; the caller empties it. Tests of this package run one after the other. */
    static List<JsonNode> collected() {
        return COLLECTED;
    }

    /** Statements through this give up their plans when they are closed. */
    static Jdbi collect(Connection session) throws SQLException {
        collectPlans(session);
        return Database.withArrays(Jdbi.create(givingPlans(session)));
    }

    private static void collectPlans(Connection session) throws SQLException {
        try (var statement = session.createStatement()) {
            statement.execute("LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0;"
                    + " SET auto_explain.log_analyze = on; SET auto_explain.log_buffers = on;"
                    + " SET auto_explain.log_timing = off; SET auto_explain.log_format = json;"
                    + " SET auto_explain.log_level = notice");
        }
    }

    /**
     * A session whose statements give up their plans when they are closed; the last one of a transaction, which the server
     * ends with it, when that is over.
     */
    private static Connection givingPlans(Connection session) {
        return proxy(Connection.class, session, (method, result) -> switch (method) {
            case "prepareStatement" -> proxy(PreparedStatement.class, (PreparedStatement) result, (_, it) -> it);
            case "commit" -> {
                collectFrom(session);
                yield result;
            }
            default -> result;
        });
    }

    private static void collectFrom(Connection session) {
        try {
            collect(session.getWarnings());
            session.clearWarnings();
        } catch (SQLException | JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static <T> T proxy(Class<T> type, T object, BiFunction<String, Object, Object> result) {
        InvocationHandler invoke = (_, method, arguments) -> {
            if (method.getName().equals("close") && object instanceof Statement statement && !statement.isClosed()) {
                collect(statement.getWarnings());
            }
            try {
                return result.apply(method.getName(), method.invoke(object, arguments));
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        };
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, invoke));
    }

    private static void collect(SQLWarning first) throws JsonProcessingException {
        for (var notice = first; notice != null; notice = notice.getNextWarning()) {
            var text = notice.getMessage();
            if (text.contains("plan:")) {
                var plan = MAPPER.readTree(text.substring(text.indexOf('{')));
                // That of by_index.sql goes along with many, and reads nothing.
                if (!plan.path("Query Text").asText().contains("set_config('enable_seqscan'")) {
                    COLLECTED.add(plan);
                }
            }
        }
    }

    /** The nodes of a plan. */
    static List<JsonNode> nodes(JsonNode plan) {
        return plan.findParents("Node Type");
    }

    /** How many blocks it read. */
    static long blocks(JsonNode plan) {
        var root = plan.path("Plan");
        return root.path("Shared Hit Blocks").asLong()
                + root.path("Shared Read Blocks").asLong();
    }
}

package com.agenticverz.nova.store;

import com.agenticverz.nova.setting.Setting;
import com.agenticverz.nova.setting.SettingException;
import java.io.ByteArrayOutputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where the database is, and as whom to connect: a connection URL taken apart.
 *
 * <p>Read from {@code postgresql://user:password@host:5432/database?sslmode=require}, as libpq and most hosting
 * services write it, and from {@code jdbc:postgresql://host/database?user=…&password=…}. The password stays out of
 * the JDBC URL, because drivers and pools print that.
 *
 * @param hosts one or several {@code host:port}, separated by commas
 * @param database its name
 * @param user null: the driver's default, the user of the operating system
 * @param password null: none
 * @param parameters further parameters by their JDBC names, in the order of the URL
 */
public record DatabaseUrl(
        String hosts,
        String database,
        @Nullable String user,
        @Nullable String password,
        Map<String, String> parameters) {

    public static final String EXAMPLE = "postgresql://user:password@host:5432/database";

    private static final String HOW_TO_ENCODE = "write @ : / ? # % in a user or password as %40 %3A %2F %3F %23 %25";

    /** {@code postgresql+psycopg2} and the like name a driver of another language, which is no concern of ours. */
    private static final Pattern SCHEME =
            Pattern.compile("(jdbc:)?([A-Za-z][A-Za-z0-9]*)(?:\\+[a-z0-9_]+)?:(.*)", Pattern.DOTALL);

    private static final Pattern AFTER_USER =
            Pattern.compile("([^/?#@]*)(?:/([^/?#@]*))?(?:\\?((?:[A-Za-z_.]+=[^&]*(?:&|$))*))?");

    private static final Pattern HOST = Pattern.compile("(\\[[0-9A-Fa-f:.]+]|[A-Za-z0-9._-]*)(?::([0-9]*))?");

    /** What libpq and other drivers call a parameter that the JDBC driver knows by another name. */
    private static final Map<String, String> JDBC_NAMES = Map.of(
            "application_name", "ApplicationName",
            "channel_binding", "channelBinding",
            "connect_timeout", "connectTimeout",
            "gssencmode", "gssEncMode",
            "require_auth", "requireAuth",
            "schema", "currentSchema",
            "sslnegotiation", "sslNegotiation",
            "target_session_attrs", "targetServerType");

    private static final Map<String, String> TARGET_SERVER_TYPES = Map.of(
            "read-write", "primary",
            "read-only", "secondary",
            "standby", "secondary",
            "prefer-standby", "preferSecondary");

    /** Parameters that say what the rest of the URL says. libpq also uses them for Unix sockets, which JDBC lacks. */
    private static final Set<String> MISPLACED = Set.of("host", "hostaddr", "port", "dbname");

    public DatabaseUrl {
        parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
    }

    /**
     * The setting that holds such a URL.
     *
     * @param key where it stands in {@code nova.conf}
     */
    public record In(String key) implements Setting<DatabaseUrl> {
        @Override
        public DatabaseUrl parse(String text) {
            return DatabaseUrl.parse(key, text);
        }
    }

    /**
     * Takes a URL apart.
     *
     * @param setting the setting it comes from, for the message
     * @throws SettingException when it is no URL of a PostgreSQL database, or can be read in more than one way; no
     *     part that could hold the password is in its message
     */
    public static DatabaseUrl parse(String setting, String text) {
        if (text.isBlank()) {
            throw new SettingException(setting, text, "is blank; for example " + EXAMPLE);
        }
        Matcher scheme = SCHEME.matcher(text);
        if (!scheme.matches() || !Set.of("postgresql", "postgres").contains(scheme.group(2))) {
            throw fault(setting, "does not start with postgresql:// or jdbc:postgresql://; for example " + EXAMPLE);
        }
        boolean jdbc = scheme.group(1) != null;
        String rest = scheme.group(3);
        if (!rest.startsWith("//") && jdbc) {
            rest = "///" + rest.replaceFirst("^/", ""); // jdbc:postgresql:database
        }
        if (!rest.startsWith("//")) {
            throw fault(setting, "has no // after its scheme; for example " + EXAMPLE);
        }
        return theOnlyReading(setting, rest.substring(2)).url(setting, jdbc);
    }

    /** The first of its hosts, by name or address; it may be this one. */
    public String host() {
        var first = HOST.matcher(hosts.split(",", 2)[0]);
        return first.matches() && !first.group(1).isEmpty() ? first.group(1) : "localhost";
    }

    /** The same database with another schema in place of the one that it would see. */
    DatabaseUrl inSchema(String schema) {
        var with = new LinkedHashMap<>(parameters);
        with.put("currentSchema", schema);
        return new DatabaseUrl(hosts, database, user, password, with);
    }

    /** The URL for the JDBC driver: everything but user and password. */
    public String jdbcUrl() {
        String query = parameters.entrySet().stream()
                .map(parameter -> parameter.getKey() + "=" + encode(parameter.getValue()))
                .collect(Collectors.joining("&"));
        return "jdbc:postgresql://" + hosts + "/" + encode(database) + (query.isEmpty() ? "" : "?" + query);
    }

    /** The URL for people: neither the password nor a parameter, which could be a secret too. */
    @Override
    public String toString() {
        return "postgresql://" + (user == null ? "" : user + "@") + hosts + "/" + database;
    }

    /**
     * One way to read what follows {@code //}.
     *
     * @param login {@code user:password}, still encoded; null: none
     * @param tail hosts, database and query, matched by {@link #AFTER_USER}
     */
    private record Reading(@Nullable String login, Matcher tail) {

        DatabaseUrl url(String setting, boolean jdbc) {
            Map<String, String> parameters = parameters(jdbc);
            String user = parameters.remove("user");
            String password = parameters.remove("password");
            if (login != null) {
                if (user != null || password != null) {
                    throw fault(setting, "gives a user or a password twice: before the host and as a parameter");
                }
                int colon = login.indexOf(':');
                user = decode(colon < 0 ? login : login.substring(0, colon));
                password = colon < 0 ? null : decode(login.substring(colon + 1));
            }
            for (String name : parameters.keySet()) {
                if (MISPLACED.contains(name)) {
                    throw fault(
                            setting,
                            "has the parameter " + name
                                    + ", which belongs in front, and Unix sockets are not supported;" + " for example "
                                    + EXAMPLE);
                }
            }
            String database = tail.group(2) == null ? "" : decode(tail.group(2));
            if (database.isEmpty()) {
                throw fault(setting, "names no database; for example " + EXAMPLE);
            }
            return new DatabaseUrl(
                    hosts(setting), database, emptyToNull(user), emptyToNull(password), toJdbc(parameters, jdbc));
        }

        private String hosts(String setting) {
            return Stream.of(tail.group(1).split(",", -1))
                    .map(host -> {
                        Matcher parts = HOST.matcher(host);
                        if (!parts.matches()) {
                            throw new IllegalStateException("not a reading: " + host);
                        }
                        String name = parts.group(1).isEmpty() ? "localhost" : parts.group(1);
                        String port = parts.group(2) == null || parts.group(2).isEmpty() ? "5432" : parts.group(2);
                        if (port.length() > 5 || Integer.parseInt(port) < 1 || Integer.parseInt(port) > 65_535) {
                            throw fault(setting, "has the port " + port + "; allowed: 1 to 65535");
                        }
                        return name + ":" + port;
                    })
                    .collect(Collectors.joining(","));
        }

        private Map<String, String> parameters(boolean jdbc) {
            Map<String, String> parameters = new LinkedHashMap<>();
            String query = tail.group(3) == null ? "" : tail.group(3);
            for (String parameter : query.split("&")) {
                int equals = parameter.indexOf('=');
                if (equals > 0) {
                    String value = parameter.substring(equals + 1);
                    // The JDBC driver reads + as a blank, libpq as a plus.
                    parameters.put(parameter.substring(0, equals), decode(jdbc ? value.replace('+', ' ') : value));
                }
            }
            return parameters;
        }

        private static Map<String, String> toJdbc(Map<String, String> parameters, boolean jdbc) {
            if (jdbc) {
                return parameters;
            }
            Map<String, String> translated = new LinkedHashMap<>();
            parameters.forEach((name, value) -> translated.put(
                    JDBC_NAMES.getOrDefault(name, name),
                    name.equals("target_session_attrs") ? TARGET_SERVER_TYPES.getOrDefault(value, value) : value));
            return translated;
        }

        private static @Nullable String emptyToNull(@Nullable String text) {
            return text == null || text.isEmpty() ? null : text;
        }
    }

    /**
     * Passwords get pasted unencoded. Any {@code @} may be the one before the host; where exactly one of them leaves
     * something that is a host, a database and a query, there is no doubt.
     */
    private static Reading theOnlyReading(String setting, String rest) {
        List<Reading> readings = new ArrayList<>();
        int at = -1;
        do {
            Matcher tail = AFTER_USER.matcher(rest.substring(at + 1));
            if (tail.matches() && Stream.of(tail.group(1).split(",", -1)).allMatch(HOST.asMatchPredicate())) {
                readings.add(new Reading(at < 0 ? null : rest.substring(0, at), tail));
            }
            at = rest.indexOf('@', at + 1);
        } while (at >= 0);
        if (readings.isEmpty()) {
            throw fault(setting, "has no host, port and database that can be read; " + HOW_TO_ENCODE);
        }
        if (readings.size() > 1) {
            throw fault(setting, "can be read in more than one way; " + HOW_TO_ENCODE);
        }
        return readings.getFirst();
    }

    private static SettingException fault(String setting, String fault) {
        return new SettingException(setting, null, fault);
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** Decodes what is encoded; a percent sign that starts no code stands for itself. */
    private static String decode(String text) {
        ByteArrayOutputStream decoded = new ByteArrayOutputStream();
        Matcher code = Pattern.compile("%([0-9A-Fa-f]{2})").matcher(text);
        int plainFrom = 0;
        while (code.find()) {
            decoded.writeBytes(text.substring(plainFrom, code.start()).getBytes(StandardCharsets.UTF_8));
            decoded.write(Integer.parseInt(code.group(1), 16));
            plainFrom = code.end();
        }
        decoded.writeBytes(text.substring(plainFrom).getBytes(StandardCharsets.UTF_8));
        return decoded.toString(StandardCharsets.UTF_8);
    }
}

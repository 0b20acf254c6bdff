package com.agenticverz.nova.store;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;

/**
 * A schema that a bench makes for its own tables, and removes. Nothing in it is the user's.
 *
 * <p>Its name has a number, and the session that made it holds an advisory lock of that number until it has removed it.
 * So a schema whose lock can be had is left over: whoever made it was killed.
 */
public final class BenchSchema implements AutoCloseable {

    private static final String PREFIX = "nova_bench_";
    private static final Pattern NAME = Pattern.compile(PREFIX + "([1-9][0-9]{0,8})");
    private static final int NUMBERS = 1_000_000_000;

    /** "nvbn" in ASCII: the first half of the key of each lock; the number is the other. */
    private static final int LOCK = 0x6e76626e;

    /** SQLSTATE: there is a schema of that name already. */
    private static final String DUPLICATE_SCHEMA = "42P06";

    /** SQLSTATE: the role may not do that. */
    private static final String INSUFFICIENT_PRIVILEGE = "42501";

    /**
     * What became of the schemas that were left over.
     *
     * @param removed their names
     * @param kept those that could not be removed, each with the reason: one of another role, for instance
     */
    public record LeftOver(List<String> removed, List<String> kept) {}

    private final DatabaseUrl url;
    private final Handle session;
    private final int number;

    private BenchSchema(DatabaseUrl url, Handle session, int number) {
        this.url = url;
        this.session = session;
        this.number = number;
    }

    /**
     * Whether a connection to this address gets the schema that it asks for. Asked before anything is made: a pooler that
     * swallows the wish would have it made where the user's own runs are.
     */
    public static boolean canBeChosen(DatabaseUrl url) {
        var wanted = PREFIX + "0";
        return Jdbi.create(Database.dataSource(url.inSchema(wanted), "nova-bench", 0))
                .withHandle(handle -> handle.createQuery(Sql.named("bench_search_path"))
                        .mapTo(String.class)
                        .one()
                        .equals(wanted));
    }

    /**
     * Makes an empty one.
     *
     * @param url where sessions last as long as connections: not through a pooler of transactions
     * @throws RuntimeException when it cannot be made; {@link #isRefused} says whether because of the role's rights
     */
    public static BenchSchema create(DatabaseUrl url) {
        var session = session(url);
        try {
            while (true) {
                int number = ThreadLocalRandom.current().nextInt(1, NUMBERS);
                if (lock(session, number)) {
                    var schema = new BenchSchema(url, session, number);
                    if (schema.make()) {
                        return schema;
                    }
                    unlock(session, number);
                }
            }
        } catch (RuntimeException e) {
            session.close();
            throw e;
        }
    }

    private boolean make() {
        try {
            // A name is no value, and cannot be bound.
            session.execute("CREATE SCHEMA " + name());
            return true;
        } catch (RuntimeException e) {
            if (DUPLICATE_SCHEMA.equals(Database.sqlState(e))) {
                return false;
            }
            throw e;
        }
    }

    /** Removes those whose bench was killed. */
    public static LeftOver removeLeftOver(DatabaseUrl url) {
        var removed = new ArrayList<String>();
        var kept = new ArrayList<String>();
        try (var session = session(url)) {
            var names = session.createQuery(Sql.named("bench_schemas"))
                    .mapTo(String.class)
                    .list();
            for (var name : names) {
                int number = numberOf(name);
                if (lock(session, number)) {
                    try {
                        drop(session, name);
                        removed.add(name);
                    } catch (RuntimeException e) {
                        kept.add(name + ": " + Database.reason(e));
                    } finally {
                        unlock(session, number);
                    }
                }
            }
        }
        return new LeftOver(List.copyOf(removed), List.copyOf(kept));
    }

    /** Whether PostgreSQL refused to make a schema because of the rights of the role. */
    public static boolean isRefused(RuntimeException failure) {
        return INSUFFICIENT_PRIVILEGE.equals(Database.sqlState(failure));
    }

    static int numberOf(String name) {
        var matcher = NAME.matcher(name);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(name + " is not the schema of a bench");
        }
        return Integer.parseInt(matcher.group(1));
    }

    /** A session that takes its time; the first statement of all that a bench says to the server. */
    static Handle session(DatabaseUrl url) {
        var session = Database.withArrays(Jdbi.create(Database.dataSource(url, "nova-bench", 0)))
                .open();
        session.createQuery(Sql.named("bench_session")).mapTo(String.class).list();
        return session;
    }

    private static boolean lock(Handle session, int number) {
        return session.createQuery(Sql.named("bench_lock"))
                .bind("lock", LOCK)
                .bind("number", number)
                .mapTo(Boolean.class)
                .one();
    }

    private static void unlock(Handle session, int number) {
        session.createQuery(Sql.named("bench_unlock"))
                .bind("lock", LOCK)
                .bind("number", number)
                .mapTo(Boolean.class)
                .one();
    }

    /** Its name. */
    public String name() {
        return PREFIX + number;
    }

    /** The database, with this schema in place of the user's. */
    public DatabaseUrl url() {
        return url.inSchema(name());
    }

    /** Ends what sessions of Nova still do in it. */
    public void endSessions() {
        endSessions(session, name());
    }

    private static void endSessions(Handle session, String name) {
        session.createQuery(Sql.named("bench_end_sessions"))
                .bind("schema", name)
                .mapTo(Long.class)
                .one();
    }

    private static void drop(Handle session, String name) {
        endSessions(session, name);
        session.execute("DROP SCHEMA IF EXISTS " + name + " CASCADE");
    }

    /**
     * Removes it, and lets its number go.
     *
     * @throws RuntimeException when it cannot be removed; the next bench will
     */
    @Override
    public void close() {
        @Nullable RuntimeException failure = null;
        try {
            drop(session, name());
        } catch (RuntimeException e) {
            failure = e;
        }
        try {
            session.close();
        } catch (RuntimeException e) {
            // The connection is gone either way.
        }
        if (failure != null) {
            throw failure;
        }
    }
}

package com.agenticverz.nova.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.net.UnknownHostException;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * The connections to PostgreSQL.
 *
 * <p>A pool for statements on runs; it may go through a transaction-pooling PgBouncer, so nothing on it assumes a session.
 * And direct connections, one each, for what must not wait behind work: heartbeats, leases, {@link Notifications}.
 *
 * <p>No statement is prepared on the server ({@code prepareThreshold=0}), because a named statement does not survive
 * PgBouncer; but for those that all runs go through, where {@link SessionSource} finds that it may be: to plan them anew
 * costs more than to execute them, as long as there are few runs. Their plans do not depend on what the table was like
 * when they were made; see {@code by_index.sql}.
 */
public final class Database implements AutoCloseable {

    private static final int CONNECT_TIMEOUT_SECONDS = 5;
    private static final int SOCKET_TIMEOUT_SECONDS = 20;
    private static final int DIRECT_SOCKET_TIMEOUT_SECONDS = 4;
    private static final int ARBITER_TIMEOUT_SECONDS = 2;
    private static final int POOLED_CONNECTIONS = 6;
    private static final long POOL_TIMEOUT_MILLIS = 2_000;
    private static final String LOCK_TIMEOUT = "55P03";
    private static final Set<String> CONFLICTS = Set.of("40001", "40P01");
    private static final List<String> ANOTHER_TRY_MAY_END_OTHERWISE =
            List.of("08", "25", "40", "53", LOCK_TIMEOUT, "57P");

    private final DatabaseUrl directUrl;
    private final HikariDataSource pooled;
    private final OwnConnection forNodes;
    private final OwnConnection forLeases;
    private final OwnConnection forArbiter;
    private final OwnConnection forPings;
    private final ExecutorService executor;

    private Database(DatabaseUrl url, DatabaseUrl directUrl) {
        this.directUrl = directUrl;
        this.pooled = pool(url);
        this.forNodes = new OwnConnection(dataSource(directUrl, "nova-nodes", DIRECT_SOCKET_TIMEOUT_SECONDS));
        this.forLeases = new OwnConnection(dataSource(directUrl, "nova-leases", DIRECT_SOCKET_TIMEOUT_SECONDS));
        this.forArbiter = new OwnConnection(dataSource(directUrl, "nova-arbiter", ARBITER_TIMEOUT_SECONDS));
        this.forPings = new OwnConnection(dataSource(url, "nova-ping", DIRECT_SOCKET_TIMEOUT_SECONDS));
        // Not virtual: skills that compute would keep the few carrier threads to themselves, and heartbeats, leases and
        // settlements would wait for them. A handful at most is busy at a time.
        this.executor = Executors.newCachedThreadPool(
                Thread.ofPlatform().daemon().name("database-", 0).factory());
    }

    /**
     * Prepares the connections. They connect on first use and for ever after; nothing fails here because the server is
     * away.
     *
     * @param url for statements
     * @param directUrl for leases, heartbeats and LISTEN
     */
    public static Database open(DatabaseUrl url, DatabaseUrl directUrl) {
        return new Database(url, directUrl);
    }

    private static HikariDataSource pool(DatabaseUrl url) {
        var config = new HikariConfig();
        config.setPoolName("nova");
        config.setDataSource(sessions(url, "nova", SOCKET_TIMEOUT_SECONDS));
        config.setMaximumPoolSize(POOLED_CONNECTIONS);
        config.setMinimumIdle(0);
        // Short, because the pool rests twice as long after each failed try as long as somebody waits: after an outage
        // nobody should wait for that.
        config.setConnectionTimeout(POOL_TIMEOUT_MILLIS);
        config.setValidationTimeout(2_000);
        config.setInitializationFailTimeout(-1);
        return new HikariDataSource(config);
    }

    /** Connections for the statements that all runs go through. */
    static DataSource sessions(DatabaseUrl url, String applicationName, int socketTimeoutSeconds) {
        return prepared(new SessionSource(), url, applicationName, socketTimeoutSeconds);
    }

    static PGSimpleDataSource dataSource(DatabaseUrl url, String applicationName, int socketTimeoutSeconds) {
        return prepared(new PGSimpleDataSource(), url, applicationName, socketTimeoutSeconds);
    }

    private static PGSimpleDataSource prepared(
            PGSimpleDataSource source, DatabaseUrl url, String applicationName, int socketTimeoutSeconds) {
        source.setUrl(url.jdbcUrl());
        if (url.user() != null) {
            source.setUser(url.user());
        }
        if (url.password() != null) {
            source.setPassword(url.password());
        }
        source.setApplicationName(applicationName);
        source.setPrepareThreshold(0);
        source.setBinaryTransferEnable(Integer.toString(UuidArray.OID));
        source.setConnectTimeout(CONNECT_TIMEOUT_SECONDS);
        source.setLoginTimeout(CONNECT_TIMEOUT_SECONDS);
        source.setSocketTimeout(socketTimeoutSeconds);
        source.setTcpKeepAlive(true);
        return source;
    }

    /** The statements on runs, claims and nodes. */
    public RunStore runs() {
        return new RunStore(jdbi(pooled));
    }

    /** The queue lane by lane. */
    public LaneStore lanes() {
        return new LaneStore(jdbi(pooled));
    }

    /** What steers the poller. */
    public PolicyStore policy() {
        return new PolicyStore(jdbi(pooled));
    }

    /** What people want of nodes while they run. */
    public NodeControlStore nodeControls() {
        return new NodeControlStore(jdbi(pooled));
    }

    /** Runs that are enqueued by the clock. */
    public ScheduleStore schedules() {
        return new ScheduleStore(jdbi(pooled));
    }

    /** The statements on nodes, on a direct connection of their own: a heartbeat does not wait behind work. */
    public NodeStore nodes() {
        return new NodeStore(withArrays(Jdbi.create(forNodes)));
    }

    /** The statements on leases, on a direct connection of their own. */
    public LeaseStore leases() {
        return new LeaseStore(withArrays(Jdbi.create(forLeases)));
    }

    /** The same on a further connection, for the lease that decides which side of a split goes on: it waits for nobody. */
    public LeaseStore arbiter() {
        return new LeaseStore(withArrays(Jdbi.create(forArbiter)));
    }

    /**
     * Returns once the database has answered at the address of the statements on runs. On a connection of its own: after
     * a cut that nobody announces, one of the pool is silent for as long as its slowest statement may be.
     */
    public void ping() {
        Jdbi.create(forPings)
                .useHandle(handle -> handle.createQuery(Sql.named("ping"))
                        .mapTo(Integer.class)
                        .one());
    }

    /** What {@code status} shows. */
    public StatusStore status() {
        return new StatusStore(jdbi(pooled));
    }

    /** What people look at and do by hand. */
    public InterventionStore interventions() {
        return new InterventionStore(jdbi(pooled));
    }

    /** Runs that have failed. */
    public DeadLetterStore deadLetters() {
        return new DeadLetterStore(jdbi(pooled));
    }

    /** What goes when it is old enough. */
    public RetentionStore retention() {
        return new RetentionStore(jdbi(pooled));
    }

    /** How people steer the cluster while it runs. */
    public ControlStore control() {
        return new ControlStore(jdbi(pooled));
    }

    /** The schema and its migrations, on the direct address. */
    public Schema schema() {
        return new Schema(dataSource(directUrl, "nova-migrate", 0));
    }

    /** Wake-ups by LISTEN, on a connection of their own. */
    public Notifications notifications() {
        var source = dataSource(directUrl, "nova-listen", 0);
        source.setSocketFactory(PromptSockets.class.getName());
        return new Notifications(source, runs());
    }

    /**
     * Asks the server who it is, on a connection of its own.
     *
     * @throws RuntimeException when it cannot be reached; {@link #reason} and {@link #sqlState} say why
     */
    public static Server ask(DatabaseUrl url) {
        return Jdbi.create(dataSource(url, "nova", CONNECT_TIMEOUT_SECONDS))
                .withHandle(handle -> handle.createQuery(Sql.named("server"))
                        .map((row, _) -> new Server(
                                row.getString("database"), row.getString("version"), row.getInt("version_number")))
                        .one());
    }

    /** Runs a statement on a thread of its own, never on a dispatcher. */
    public <T extends @Nullable Object> CompletionStage<T> async(Supplier<T> statement) {
        return CompletableFuture.supplyAsync(statement, executor);
    }

    /**
     * Whether PostgreSQL refused a statement because of the values in it, so that another try would end the same:
     * data exceptions, violated constraints, exceeded limits.
     */
    public static boolean isRefusal(Throwable failure) {
        var state = sqlState(failure);
        return state != null && (state.startsWith("22") || state.startsWith("23") || state.startsWith("54"));
    }

    /**
     * Whether a statement failed for what it is, so that another try would end the same. It did not where the server cannot
     * be reached, shuts down, starts, is a standby, or has no resources left; nor where the statement met another one: it
     * was the victim of a deadlock, or waited too long for a lock.
     */
    public static boolean hasAnswered(Throwable failure) {
        var state = sqlState(failure);
        return state != null && ANOTHER_TRY_MAY_END_OTHERWISE.stream().noneMatch(state::startsWith);
    }

    /**
     * Whether a statement was undone because it met another one, and so may be tried again at once: it was the victim of a
     * deadlock, or could not be serialized.
     */
    static boolean isConflict(Throwable failure) {
        return CONFLICTS.contains(String.valueOf(sqlState(failure)));
    }

    /** Whether a statement waited too long for somebody's lock, and so has changed nothing. */
    public static boolean isLockTimeout(Throwable failure) {
        return LOCK_TIMEOUT.equals(sqlState(failure));
    }

    /**
     * Whether a statement that failed may have been written all the same, or be written yet: it is not its own answer that
     * said so.
     */
    public static boolean mayBeWritten(Throwable failure) {
        return !hasAnswered(failure) && !isLockTimeout(failure) && !isConflict(failure);
    }

    /** The SQLSTATE behind a failure; null where it has none. */
    public static @Nullable String sqlState(Throwable failure) {
        for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql && sql.getSQLState() != null) {
                return sql.getSQLState();
            }
        }
        return null;
    }

    /** What the server or the driver said, in one line, without the statement around it. */
    public static String reason(Throwable failure) {
        @Nullable String reason = null;
        for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof UnknownHostException) {
                return "unknown host " + cause.getMessage();
            }
            if (cause instanceof SQLException && cause.getMessage() != null) {
                reason = cause.getMessage();
            }
        }
        if (reason == null) {
            reason = failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
        }
        return reason.lines().findFirst().orElse("").strip();
    }

    private static Jdbi jdbi(DataSource source) {
        return withArrays(Jdbi.create(source));
    }

    /** What every statement here needs of JDBI. */
    static Jdbi withArrays(Jdbi jdbi) {
        return jdbi.registerArrayType(UUID.class, "uuid")
                .registerArrayType(Integer.class, "int4")
                .registerArrayType(Long.class, "int8")
                .registerArrayType(Double.class, "float8")
                .registerArrayType(Boolean.class, "bool")
                .registerArrayType(String.class, "text");
    }

    @Override
    public void close() {
        pooled.close();
        forNodes.close();
        forLeases.close();
        forArbiter.close();
        forPings.close();
        // Its threads end when they are idle; what comes yet fails at the closed pool.
    }
}

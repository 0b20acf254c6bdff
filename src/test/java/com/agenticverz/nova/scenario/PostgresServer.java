package com.agenticverz.nova.scenario;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A PostgreSQL 18 that keeps what it says it has written, and that can be stopped and started again on the same port
 * and data folder.
 *
 * <p>It is stopped by the signals that {@code pg_ctl} sends: the first line of {@code postmaster.pid} says to whom.
 */
final class PostgresServer implements AutoCloseable {

    /** As {@code pg_ctl stop -m} calls them. */
    enum StopMode {
        /** Disconnects everybody and shuts down in order. */
        FAST("INT"),
        /** As if the power had failed. */
        IMMEDIATE("QUIT");

        private final String signal;

        StopMode(String signal) {
            this.signal = signal;
        }
    }

    private final int port;
    private final Path data;
    private final String addresses;
    private EmbeddedPostgres postgres;

    /** Starts a server with a new data folder. */
    static PostgresServer start() {
        var server = new PostgresServer(freePort(), folder(), "127.0.0.1");
        server.startAgain();
        return server;
    }

    /** The same for clients on a network too, at this host's address there. */
    static PostgresServer start(String address, String network) {
        var server = new PostgresServer(freePort(), folder(), "127.0.0.1," + address);
        server.startAgain();
        server.addRule("host all all " + network + " trust");
        return server;
    }

    private PostgresServer(int port, Path data, String addresses) {
        this.port = port;
        this.data = data;
        this.addresses = addresses;
    }

    /** A port of the loopback interface that nobody listens on. */
    static int freePort() {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path folder() {
        try {
            return Files.createTempDirectory("nova-scenario-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int port() {
        return port;
    }

    /** Where a database of it is, as a setting says it. */
    String url(String database) {
        return url("postgres", database);
    }

    /** The same with a login: a user, or {@code user:password}. */
    String url(String login, String database) {
        return url("127.0.0.1", login, database);
    }

    /** The same for those who reach it at this address. */
    String url(String address, String login, String database) {
        return "postgresql://" + login + "@" + address + ":" + port + "/" + database;
    }

    /** Statements as its administrator. */
    Sql sql(String database) {
        return new Sql(port, database);
    }

    /** Starts it after a stop. */
    synchronized void startAgain() {
        try {
            postgres = EmbeddedPostgres.builder()
                    .setPort(port)
                    .setDataDirectory(data)
                    .setCleanDataDirectory(false)
                    .setPGStartupWait(Duration.ofSeconds(60))
                    .setServerConfig("listen_addresses", addresses)
                    .setServerConfig("fsync", "on")
                    .setServerConfig("synchronous_commit", "on")
                    .setServerConfig("shared_buffers", "64MB")
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Stops it, and returns when it is gone. */
    synchronized void stop(StopMode mode) {
        try {
            long pid = Long.parseLong(
                    Files.readAllLines(data.resolve("postmaster.pid")).getFirst());
            var postmaster = ProcessHandle.of(pid)
                    .map(ProcessHandle::onExit)
                    .orElseGet(() -> CompletableFuture.completedFuture(null));
            Signals.send(pid, mode.signal);
            postmaster.get(30, TimeUnit.SECONDS);
            // It has nothing left to stop; this lets go of the lock on the data folder.
            postgres.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new IllegalStateException("PostgreSQL does not stop", e);
        }
    }

    /** Lets everybody with this login in who knows the password, and nobody else. */
    void requirePassword(String login) {
        addRule("host all " + login + " all scram-sha-256");
    }

    /** It comes before all others. */
    private void addRule(String rule) {
        var rules = data.resolve("pg_hba.conf");
        try {
            var others = Files.readString(rules);
            Files.writeString(rules, rule + "\n" + others);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        sql("postgres").execute("SELECT pg_reload_conf()");
    }

    /** Ends it, and its data. */
    @Override
    public synchronized void close() {
        try {
            postgres.close();
            try (var files = Files.walk(data)) {
                for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

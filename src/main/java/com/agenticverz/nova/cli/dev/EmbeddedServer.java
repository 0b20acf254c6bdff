package com.agenticverz.nova.cli.dev;

import com.agenticverz.nova.node.StartFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * A PostgreSQL server with its data in a folder, for one process at a time.
 *
 * <p>It listens on loopback only and asks for no password. Its data is flushed to disk as in production.
 */
public final class EmbeddedServer {

    private static final String USER = "nova";
    private static final String DATABASE = "nova";
    private static final int USUAL_PORT = 54320;
    private static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(90);
    private static final Duration CLOCK_DIFFERENCE = Duration.ofSeconds(5);

    private final Path folder;
    private final Path data;
    private final Path log;
    private final FileLock lock;
    private final int port;
    private final List<String> asUser;
    private final Path programs;

    private EmbeddedServer(Path folder, FileLock lock, int port, List<String> asUser, Path programs) {
        this.folder = folder;
        this.data = folder.resolve("data");
        this.log = folder.resolve("postgresql.log");
        this.lock = lock;
        this.port = port;
        this.asUser = asUser;
        this.programs = programs;
    }

    /**
     * Takes the folder, and makes it ready: unpacks PostgreSQL, stops a server that another process left, and makes a
     * database where there is none.
     *
     * @param folder made when it is not there
     * @param wantedPort of the server; 0: the one of the last time if it is free, otherwise any
     * @throws StartFailure with one line, when the folder is in use, the port is taken, or PostgreSQL cannot run here
     */
    public static EmbeddedServer prepare(Path folder, int wantedPort) {
        try {
            Files.createDirectories(folder);
            var lock = lock(folder);
            var asUser = asUser();
            var programs = PostgresBinaries.unpack(folder).resolve("bin");
            var unbound = new EmbeddedServer(folder, lock, 0, asUser, programs);
            unbound.stopOneLeftBehind();
            unbound.initialize();
            return new EmbeddedServer(folder, lock, port(folder, wantedPort), asUser, programs);
        } catch (IOException e) {
            throw new StartFailure("the folder " + folder + " cannot be used: " + e + ". Choose another by --data.", e);
        }
    }

    /** Starts the server and waits until it answers. */
    public void start() {
        start(List.of());
    }

    /**
     * The same with settings of the server.
     *
     * @param settings each as {@code name=value}
     */
    public void start(List<String> settings) {
        run(
                "start",
                program(
                        "pg_ctl",
                        "start",
                        "-w",
                        "-s",
                        "-D",
                        data.toString(),
                        "-l",
                        log.toString(),
                        "-o",
                        "-p " + port + " -c listen_addresses=127.0.0.1 -c unix_socket_directories="
                                + settings.stream().map(it -> " -c " + it).collect(Collectors.joining())));
    }

    /** Stops the server, if it runs: rolls back what is open and flushes what is not. */
    public void stop() {
        stop("fast");
    }

    /** Stops the server without any care for it; its log brings it back at the next start. */
    public void stopAtOnce() {
        stop("immediate");
    }

    private void stop(String mode) {
        if (running().isPresent()) {
            run("stop", program("pg_ctl", "stop", "-w", "-s", "-m", mode, "-D", data.toString()));
        }
    }

    /** For psql and for {@code DATABASE_URL}. */
    public String url() {
        return "postgresql://" + USER + "@127.0.0.1:" + port + "/" + DATABASE;
    }

    /** Lets the folder go. */
    public void release() {
        try {
            lock.channel().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Stops the server at once and removes the folder with all that is in it, for one that was only made for a while. */
    public void discard() {
        stopAtOnce();
        release();
        try {
            PostgresBinaries.remove(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // --- the folder

    private static FileLock lock(Path folder) throws IOException {
        var file = folder.resolve("lock");
        var channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            // Far behind the text, because Windows lets nobody read what is locked.
            var lock = channel.tryLock(1L << 20, 1, false);
            if (lock != null) {
                channel.truncate(0);
                channel.write(ByteBuffer.wrap(
                        Long.toString(ProcessHandle.current().pid()).getBytes()));
                return lock;
            }
        } catch (OverlappingFileLockException e) {
            // this very process
        }
        channel.close();
        throw new StartFailure("another dev (process " + Files.readString(file).strip() + ") uses the folder " + folder
                + ". Stop it, or choose another folder by --data.");
    }

    private static int port(Path folder, int wanted) throws IOException {
        var file = folder.resolve("port");
        if (wanted != 0) {
            if (!isFree(wanted)) {
                throw new StartFailure("--postgres-port: " + wanted
                        + " is in use on 127.0.0.1. Choose another one, or leave it out for any free port.");
            }
            Files.writeString(file, Integer.toString(wanted));
            return wanted;
        }
        var last = lastPort(file);
        int port = isFree(last) ? last : anyFree();
        Files.writeString(file, Integer.toString(port));
        return port;
    }

    private static int lastPort(Path file) throws IOException {
        if (!Files.exists(file)) {
            return USUAL_PORT;
        }
        var text = Files.readString(file).strip();
        return text.matches("[1-9][0-9]{0,4}") && Integer.parseInt(text) <= 65_535
                ? Integer.parseInt(text)
                : USUAL_PORT;
    }

    /** Whether somebody can listen there now. */
    public static boolean isFree(int port) {
        try (var socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static int anyFree() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            return socket.getLocalPort();
        }
    }

    // --- the server

    private void initialize() throws IOException {
        if (Files.exists(data)) {
            return;
        }
        // Made aside and then moved, so that a folder with the right name is complete.
        var unfinished = folder.resolve("data-unfinished");
        PostgresBinaries.remove(unfinished);
        run(
                "initdb",
                program(
                        "initdb",
                        "-D",
                        unfinished.toString(),
                        "-U",
                        USER,
                        "-A",
                        "trust",
                        "-E",
                        "UTF8",
                        "--no-locale",
                        "--locale-provider=builtin",
                        "--builtin-locale=C.UTF-8"));
        var statement = folder.resolve("create-database.sql");
        Files.writeString(statement, "CREATE DATABASE " + DATABASE + "\n");
        run(
                "createdb",
                program("postgres", "--single", "-D", unfinished.toString(), "postgres")
                        .redirectInput(statement.toFile()));
        Files.delete(statement);
        Files.move(unfinished, data, StandardCopyOption.ATOMIC_MOVE);
    }

    private void stopOneLeftBehind() throws IOException {
        if (running().isPresent()) {
            stop();
            return;
        }
        var pidFile = data.resolve("postmaster.pid");
        if (Files.exists(pidFile) && pid(pidFile).flatMap(ProcessHandle::of).isPresent()) {
            // The number belongs to some other process by now, which PostgreSQL would take for a server.
            Files.delete(pidFile);
        }
    }

    /** The server on this data: the process that its file names, if that is a PostgreSQL or began when the file says. */
    private Optional<ProcessHandle> running() {
        var pidFile = data.resolve("postmaster.pid");
        try {
            if (!Files.exists(pidFile)) {
                return Optional.empty();
            }
            var lines = Files.readAllLines(pidFile);
            return pid(pidFile)
                    .flatMap(ProcessHandle::of)
                    .filter(ProcessHandle::isAlive)
                    .filter(process -> process.info()
                            .command()
                            .map(command ->
                                    Path.of(command).getFileName().toString().startsWith("postgres"))
                            .orElseGet(() -> beganWhen(process, lines)));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static boolean beganWhen(ProcessHandle process, List<String> lines) {
        if (lines.size() < 3 || !lines.get(2).strip().matches("[0-9]{1,12}")) {
            return false;
        }
        var said = Instant.ofEpochSecond(Long.parseLong(lines.get(2).strip()));
        return process.info()
                .startInstant()
                .map(began -> Duration.between(began, said).abs().compareTo(CLOCK_DIFFERENCE) <= 0)
                .orElse(false);
    }

    private static Optional<Long> pid(Path pidFile) throws IOException {
        return Files.readAllLines(pidFile).stream()
                .findFirst()
                .map(String::strip)
                .filter(line -> line.matches("[0-9]{1,12}"))
                .map(Long::valueOf);
    }

    // --- processes

    private ProcessBuilder program(String name, String... arguments) {
        var command = new ArrayList<>(asUser);
        command.add(programs.resolve(name).toString());
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command);
    }

    /** Into the log, because the server would keep a pipe open for ever. */
    private void run(String what, ProcessBuilder builder) {
        try {
            long before = Files.exists(log) ? Files.size(log) : 0;
            var process = builder.redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
            if (!process.waitFor(COMMAND_TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw failure(what, "did not end within " + COMMAND_TIMEOUT.toSeconds() + " s");
            }
            if (process.exitValue() != 0) {
                throw failure(what, lastWords(before));
            }
        } catch (IOException e) {
            throw failure(what, e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failure(what, "was interrupted");
        }
    }

    private StartFailure failure(String what, String why) {
        return new StartFailure("PostgreSQL (" + what + "): " + why + ". See " + log + ".");
    }

    private String lastWords(long from) throws IOException {
        var said = Files.readAllBytes(log);
        var lines = new String(said, (int) from, said.length - (int) from, StandardCharsets.UTF_8)
                .lines()
                .filter(line -> !line.isBlank())
                .toList();
        // The fatal one says why; what follows it is advice. A program that fails before it logs just says it.
        return lines.stream()
                .filter(line -> line.contains("FATAL:") || line.contains("error:"))
                .reduce((_, last) -> last)
                .or(() -> lines.isEmpty() ? Optional.empty() : Optional.of(lines.getLast()))
                .orElse("failed")
                .replaceFirst("^.*?(FATAL|error): *", "")
                .replaceFirst("\\.$", "");
    }

    /** PostgreSQL refuses to run as root. In a user namespace of its own root is nobody in particular. */
    private static List<String> asUser() throws IOException {
        var linux = System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("linux");
        if (!linux || !System.getProperty("user.name").equals("root")) {
            return List.of();
        }
        try {
            var process = new ProcessBuilder("unshare", "-U", "true")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (process.waitFor() == 0) {
                return List.of("unshare", "-U");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            // there is no unshare
        }
        throw new StartFailure("PostgreSQL does not run as root, and this system does not let root give up its rights"
                + " (unshare -U). Start dev as another user, or use the worker command with a DATABASE_URL.");
    }
}

package com.agenticverz.nova.bench.driver;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;

/** The contestants that run on Node.js, installed into a folder exactly as their lock file says. */
final class NpmPackages {

    private static final int OLDEST_NODE = 22;
    private static final String LOCK = "package-lock.json";

    private final Path folder;
    private final String node;

    private NpmPackages(Path folder, String node) {
        this.folder = folder;
        this.node = node;
    }

    /**
     * Installs them, unless that has been done.
     *
     * @param source {@code src/bench/npm}
     * @throws BenchFailure with what is missing
     */
    static NpmPackages install(Path source, Path folder) {
        try {
            Files.createDirectories(folder);
            var installed = folder.resolve("installed-" + LOCK);
            boolean current = Files.exists(installed) && Files.mismatch(installed, source.resolve(LOCK)) == -1;
            copy(source, folder);
            if (!current) {
                npm(folder);
                Files.copy(source.resolve(LOCK), installed, StandardCopyOption.REPLACE_EXISTING);
            }
            return new NpmPackages(folder, node(folder));
        } catch (IOException e) {
            throw new BenchFailure("npm's folder " + folder + ": " + e, e);
        }
    }

    private static void copy(Path source, Path folder) throws IOException {
        try (var files = Files.newDirectoryStream(source)) {
            for (var file : files) {
                Files.copy(file, folder.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    private static void npm(Path folder) throws IOException {
        var log = folder.resolve("npm.log");
        // No script of a package runs: none of these needs one.
        var command = List.of("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund");
        Process process;
        try {
            process = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
        } catch (IOException e) {
            throw new BenchFailure(
                    "npm is not on the PATH; install it, or leave graphile-worker and pg-boss out (--contestants)", e);
        }
        if (exitCode(process) != 0) {
            throw new BenchFailure("npm ci failed; see " + log);
        }
    }

    /** The one of the lock file; where there is none for this kind of machine, that of the PATH. */
    private static String node(Path folder) throws IOException {
        var architecture = System.getProperty("os.arch").equals("amd64") ? "x64" : "arm64";
        var system = System.getProperty("os.name").toLowerCase(Locale.ROOT).split(" ")[0];
        var pinned = folder.resolve(Path.of("node_modules", "node-" + system + "-" + architecture, "bin", "node"));
        if (Files.isExecutable(pinned)) {
            return pinned.toString();
        }
        String version;
        try {
            var process = new ProcessBuilder("node", "--version").start();
            version = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw new BenchFailure("node is not on the PATH; install Node.js " + OLDEST_NODE + " or newer", e);
        }
        if (!version.matches("v[0-9]+\\..*")
                || Integer.parseInt(version.substring(1, version.indexOf('.'))) < OLDEST_NODE) {
            throw new BenchFailure(
                    "node is " + version + "; graphile-worker and pg-boss need Node.js " + OLDEST_NODE + " or newer");
        }
        return "node";
    }

    private static int exitCode(Process process) {
        try {
            return process.waitFor();
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
            throw new BenchFailure("interrupted", e);
        }
    }

    /** How to start a script of the folder. */
    List<String> command(String script) {
        return List.of(node, folder + File.separator + script);
    }
}

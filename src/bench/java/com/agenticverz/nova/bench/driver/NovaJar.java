package com.agenticverz.nova.bench.driver;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarFile;

/** The jar that ships, and how it is started: with the options of the image. */
final class NovaJar {

    private static final String LAUNCHER = "com.agenticverz.nova.Launcher";

    private final Path jar;
    private final Path options;

    NovaJar(Path jar, Path options) {
        this.jar = jar;
        this.options = options;
        if (!Files.isReadable(jar)) {
            throw new BenchFailure(jar + " is not there; build it with mvn -q -DskipTests package");
        }
    }

    /** Of the JDK that runs this. */
    static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /** A command that starts Nova. */
    List<String> command(String... arguments) {
        return command(List.of(), arguments);
    }

    /** The same with further options of the JVM. An AOT cache fits only a command line with the same class path. */
    List<String> command(List<String> jvm, String... arguments) {
        var command = new ArrayList<String>();
        command.add(java());
        command.add("@" + options);
        command.addAll(jvm);
        command.addAll(List.of("-cp", jar.toString(), LAUNCHER));
        command.addAll(List.of(arguments));
        return command;
    }

    String version() {
        try (var file = new JarFile(jar.toFile())) {
            var version = file.getManifest().getMainAttributes().getValue("Implementation-Version");
            return version == null ? "" : version;
        } catch (IOException e) {
            throw new BenchFailure(jar + " cannot be read: " + e.getMessage(), e);
        }
    }
}

package com.agenticverz.nova.scenario;

import com.agenticverz.nova.skill.Skill;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.tools.ToolProvider;

/** The project under {@code src/test/sample-skill}, as somebody outside of Nova would build it. */
final class SampleProject {

    static final Path FOLDER = Path.of("src/test/sample-skill");
    static final Path SETTINGS = FOLDER.resolve("nova.conf");

    private static final Path MAIN = FOLDER.resolve("src/main/java");
    private static final Path RESOURCES = FOLDER.resolve("src/main/resources");
    private static final Path TESTS = FOLDER.resolve("src/test/java");

    private SampleProject() {}

    /** Every file of it, by its path in the project. */
    static Map<String, String> files() {
        var texts = new TreeMap<String, String>();
        for (var file : filesIn(FOLDER)) {
            texts.put(FOLDER.relativize(file).toString().replace(File.separatorChar, '/'), text(file));
        }
        return texts;
    }

    /** Compiles it against Nova alone, and puts it into a jar. */
    static Path jar(Path file) {
        try {
            var classes = Files.createTempDirectory("sample-classes-");
            compile(MAIN, classes, nova());
            Files.createDirectories(file.getParent());
            try (var zip = new ZipOutputStream(Files.newOutputStream(file))) {
                for (var root : List.of(classes, RESOURCES)) {
                    for (var entry : filesIn(root)) {
                        zip.putNextEntry(
                                new ZipEntry(root.relativize(entry).toString().replace(File.separatorChar, '/')));
                        zip.write(Files.readAllBytes(entry));
                    }
                }
            }
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs its own tests, in a JVM of their own; what they print. */
    static List<String> test(Path jar) {
        try {
            var classes = Files.createTempDirectory("sample-test-classes-");
            var classPath = String.join(File.pathSeparator, jar.toString(), System.getProperty("java.class.path"));
            compile(TESTS, classes, classPath);
            var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
            var process = new ProcessBuilder(
                            java,
                            "-cp",
                            classes + File.pathSeparator + classPath,
                            TestsOfAFolder.class.getName(),
                            classes.toString())
                    .redirectErrorStream(true)
                    .start();
            return process.inputReader().lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Nova alone, without its libraries: a skill is written against nothing else. */
    private static String nova() {
        return Path.of(URI.create(Skill.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toString()))
                .toString();
    }

    private static void compile(Path sources, Path classes, String classPath) {
        var arguments =
                new ArrayList<>(List.of("-proc:none", "--release", "25", "-d", classes.toString(), "-cp", classPath));
        filesIn(sources).forEach(it -> arguments.add(it.toString()));
        var compiler = Objects.requireNonNull(ToolProvider.getSystemJavaCompiler(), "no compiler in this JVM");
        var said = new ByteArrayOutputStream();
        if (compiler.run(null, said, said, arguments.toArray(String[]::new)) != 0) {
            throw new AssertionError(sources + " does not compile:\n" + said);
        }
    }

    private static List<Path> filesIn(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package com.agenticverz.nova.skill;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.tools.ToolProvider;

/** Compiles sources and puts them into a jar, as somebody outside of Nova would. */
public final class TestJar {

    private static final Pattern PACKAGE = Pattern.compile("(?m)^package ([\\w.]+);");
    private static final Pattern TYPE = Pattern.compile("(?:class|interface|record|enum) (\\w+)");

    private final Map<String, byte[]> entries = new LinkedHashMap<>();

    private TestJar() {}

    /** The classes of these sources, one type each; what they use beside the class path of the tests: {@code libraries}. */
    public static TestJar of(List<Path> libraries, String... sources) {
        var jar = new TestJar();
        try {
            var folder = Files.createTempDirectory("nova-test-jar-");
            var classes = Files.createDirectory(folder.resolve("classes"));
            var classPath =
                    new ArrayList<>(libraries.stream().map(Path::toString).toList());
            classPath.add(System.getProperty("java.class.path"));
            var arguments = new ArrayList<>(List.of(
                    "-proc:none",
                    "-d",
                    classes.toString(),
                    "-cp",
                    String.join(System.getProperty("path.separator"), classPath)));
            for (var source : sources) {
                var file =
                        folder.resolve(part(PACKAGE, source).replace('.', '/')).resolve(part(TYPE, source) + ".java");
                Files.createDirectories(file.getParent());
                arguments.add(Files.writeString(file, source).toString());
            }
            var compiler = Objects.requireNonNull(ToolProvider.getSystemJavaCompiler(), "no compiler in this JVM");
            if (compiler.run(null, null, null, arguments.toArray(String[]::new)) != 0) {
                throw new IllegalArgumentException("does not compile");
            }
            try (var files = Files.walk(classes)) {
                for (var file : files.filter(Files::isRegularFile).toList()) {
                    jar.entries.put(classes.relativize(file).toString().replace('\\', '/'), Files.readAllBytes(file));
                }
            }
            return jar;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The same without libraries. */
    public static TestJar of(String... sources) {
        return of(List.of(), sources);
    }

    private static String part(Pattern pattern, String source) {
        var found = pattern.matcher(source);
        if (!found.find()) {
            throw new IllegalArgumentException("no " + pattern + " in " + source);
        }
        return found.group(1);
    }

    /** With one file more. */
    public TestJar with(String name, String text) {
        entries.put(name, text.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    /** With the lines of the services file. */
    public TestJar naming(String... classes) {
        return with("META-INF/services/" + Skill.class.getName(), String.join("\n", classes));
    }

    /** With one class changed. */
    TestJar changed(String name, UnaryOperator<byte[]> change) {
        entries.compute(name, (_, bytes) -> change.apply(Objects.requireNonNull(bytes, name)));
        return this;
    }

    /** Writes it, and the directory where it is missing. */
    public Path write(Path file) {
        try {
            Files.createDirectories(file.getParent());
            try (var zip = new ZipOutputStream(Files.newOutputStream(file))) {
                for (var entry : entries.entrySet()) {
                    zip.putNextEntry(new ZipEntry(entry.getKey()));
                    zip.write(entry.getValue());
                }
            }
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

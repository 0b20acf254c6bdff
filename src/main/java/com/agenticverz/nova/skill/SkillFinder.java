package com.agenticverz.nova.skill;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.net.MalformedURLException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.jar.Attributes.Name;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * Finds skills on the class path and in a directory of jars, and says of each that cannot be had why. Not by the JDK's
 * {@code ServiceLoader}, which reads the same files: it does not say which jar it was, and in some cases not which class.
 */
final class SkillFinder {

    private static final String SERVICES = "META-INF/services/" + Skill.class.getName();

    /**
     * A skill.
     *
     * @param source where it comes from, for people
     * @param version as {@link SkillRegistry#version} says it
     */
    record Found(Skill skill, String source, String version) {}

    /** What a jar says of itself; the classes are skills. */
    private record Jar(Set<String> classes, String version) {}

    /** So many characters of a digest tell any two builds apart that there will ever be. */
    private static final int DIGEST_CHARS = 12;

    /** Of what has none: classes that are in no jar. */
    private static final String NO_VERSION = "dev";

    private final List<Found> found = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();

    List<Found> found() {
        return found;
    }

    List<String> problems() {
        return problems;
    }

    void onClassPath() {
        var loader = Skill.class.getClassLoader();
        var names = new LinkedHashSet<String>();
        try {
            var files = loader.getResources(SERVICES);
            while (files.hasMoreElements()) {
                try (var content = files.nextElement().openStream()) {
                    names.addAll(names(content));
                }
            }
        } catch (IOException e) {
            problems.add("the class path cannot be read: " + oneLine(e));
        }
        for (var name : names) {
            var skill = instance("class path", name, loader);
            if (skill != null) {
                found.add(given(skill));
            }
        }
    }

    /** Each jar is a skill, or several; so is each directory of jars, which are its libraries. */
    void in(Path directory) {
        for (var entry : visible(directory)) {
            if (!Files.isDirectory(entry)) {
                inJars(entry, List.of(entry));
                continue;
            }
            var jars = visible(entry);
            if (jars.isEmpty()) {
                problems.add(entry + ": has no jar in it");
            } else {
                inJars(entry, jars);
            }
        }
    }

    /** What is hidden is not meant: a mounted volume has such, and an editor leaves them. */
    private List<Path> visible(Path directory) {
        try (var entries = Files.list(directory)) {
            return entries.filter(it -> !it.getFileName().toString().startsWith("."))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            problems.add(directory + ": cannot be read: " + oneLine(e));
            return List.of();
        }
    }

    private void inJars(Path whole, List<Path> jars) {
        var byClass = new LinkedHashMap<String, Path>();
        var versions = new HashMap<Path, String>();
        boolean readable = true;
        for (var file : jars) {
            var jar = read(file);
            if (jar == null) {
                readable = false;
                continue;
            }
            versions.put(file, jar.version());
            jar.classes().forEach(name -> byClass.putIfAbsent(name, file));
        }
        if (!readable) {
            return;
        }
        if (byClass.isEmpty()) {
            problems.add(whole + ": has no skill: no class is named in " + SERVICES
                    + ". A library goes with its skill, both into a directory of their own");
            return;
        }
        load(whole, jars, byClass, versions);
    }

    private void load(Path whole, List<Path> jars, Map<String, Path> byClass, Map<Path, String> versions) {
        // Never closed: a skill may load a class of its own at any time.
        var loader = new SkillClassLoader(
                whole.getFileName().toString(),
                jars.stream().map(SkillFinder::url).toArray(URL[]::new));
        byClass.forEach((name, jar) -> {
            var source = jar.toString();
            var skill = IsolatedSkill.with(loader, () -> instance(source, name, loader));
            if (skill == null) {
                return;
            }
            try {
                var called = IsolatedSkill.with(loader, skill::name);
                found.add(new Found(new IsolatedSkill(called, skill, loader), source, versions.get(jar)));
            } catch (RuntimeException | LinkageError e) {
                problems.add(source + ": " + name + ": does not say its name: " + oneLine(e));
            }
        });
    }

    /** Null: it is none. */
    private @Nullable Jar read(Path file) {
        if (!Files.isRegularFile(file) || !file.getFileName().toString().endsWith(".jar")) {
            problems.add(file + ": is no jar; a directory of skills has nothing else in it");
            return null;
        }
        try (var jar = new JarFile(file.toFile(), false, ZipFile.OPEN_READ, Runtime.version())) {
            var entry = jar.getEntry(SERVICES);
            if (entry == null) {
                return new Jar(Set.of(), NO_VERSION);
            }
            try (var content = jar.getInputStream(entry)) {
                return new Jar(names(content), version(file, jar.getManifest()));
            }
        } catch (IOException e) {
            problems.add(file + ": is no jar that can be read: " + oneLine(e));
            return null;
        }
    }

    private static Set<String> names(InputStream services) throws IOException {
        var names = new LinkedHashSet<String>();
        for (var line : new String(services.readAllBytes(), StandardCharsets.UTF_8).split("\\R")) {
            var name = line.replaceFirst("#.*", "").strip();
            if (!name.isEmpty()) {
                names.add(name);
            }
        }
        return names;
    }

    private static String version(Path file, @Nullable Manifest manifest) throws IOException {
        var said = manifest == null ? null : manifest.getMainAttributes().getValue(Name.IMPLEMENTATION_VERSION);
        return said == null || said.isBlank() ? digest(file) : said.strip();
    }

    private static String digest(Path file) throws IOException {
        try (var content = new DigestInputStream(Files.newInputStream(file), MessageDigest.getInstance("SHA-256"))) {
            content.transferTo(OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(content.getMessageDigest().digest()).substring(0, DIGEST_CHARS);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static URL url(Path file) {
        try {
            return file.toUri().toURL();
        } catch (MalformedURLException e) {
            throw new IllegalStateException(e);
        }
    }

    private @Nullable Skill instance(String source, String name, ClassLoader loader) {
        try {
            return (Skill)
                    usable(Class.forName(name, false, loader)).getConstructor().newInstance();
        } catch (ClassNotFoundException e) {
            problem(source, name, "is not there, but " + SERVICES + " names it");
        } catch (Unusable e) {
            problem(source, name, e.getMessage());
        } catch (NoSuchMethodException e) {
            problem(source, name, "has no public constructor without parameters");
        } catch (InvocationTargetException e) {
            problem(
                    source,
                    name,
                    e.getCause() instanceof NoClassDefFoundError missing
                            ? missing(missing)
                            : "its constructor failed: " + oneLine(e.getCause()));
        } catch (UnsupportedClassVersionError e) {
            problem(source, name, "is compiled for a newer Java than this one: " + oneLine(e));
        } catch (NoClassDefFoundError e) {
            problem(source, name, missing(e));
        } catch (ReflectiveOperationException | LinkageError e) {
            problem(source, name, "cannot be loaded: " + oneLine(e));
        }
        return null;
    }

    private static String missing(NoClassDefFoundError e) {
        return "needs a class that is not there: " + oneLine(e)
                + ". A skill brings its libraries, with it in a directory of their own";
    }

    private static final class Unusable extends Exception {
        private static final long serialVersionUID = 1;

        Unusable(String reason) {
            super(reason, null, false, false);
        }
    }

    private static Class<?> usable(Class<?> type) throws Unusable {
        if (!Skill.class.isAssignableFrom(type)) {
            throw new Unusable("does not implement " + Skill.class.getName());
        }
        if (!Modifier.isPublic(type.getModifiers())) {
            throw new Unusable("is not public");
        }
        if (Modifier.isAbstract(type.getModifiers())) {
            throw new Unusable("is abstract");
        }
        return type;
    }

    private void problem(String source, String name, @Nullable String reason) {
        problems.add(source + ": " + name + ": " + reason);
    }

    /** A skill on the class path, or one that was made by hand. */
    static Found given(Skill skill) {
        var type = skill.getClass();
        return new Found(skill, source(type), version(type));
    }

    private static String version(Class<?> type) {
        var file = file(type);
        if (file == null || file.equals(file(Skill.class))) {
            return Optional.ofNullable(Skill.class.getPackage().getImplementationVersion())
                    .orElse(NO_VERSION);
        }
        if (!file.endsWith(".jar")) {
            return NO_VERSION;
        }
        var path = Path.of(file);
        try (var jar = new JarFile(path.toFile(), false, ZipFile.OPEN_READ, Runtime.version())) {
            return version(path, jar.getManifest());
        } catch (IOException e) {
            return NO_VERSION;
        }
    }

    /** Where a class on the class path comes from: {@code built in}, or the name of its jar or directory. */
    static String source(Class<?> type) {
        var file = file(type);
        return file == null || file.equals(file(Skill.class)) ? "built in" : file.substring(file.lastIndexOf('/') + 1);
    }

    private static @Nullable String file(Class<?> type) {
        var code = type.getProtectionDomain().getCodeSource();
        return code == null || code.getLocation() == null
                ? null
                : code.getLocation().getPath().replaceFirst("/$", "");
    }

    static String oneLine(@Nullable Throwable failure) {
        return String.valueOf(failure).replaceAll("\\s+", " ");
    }
}

package com.agenticverz.nova;

import java.lang.reflect.Field;

/**
 * Where {@code java -jar nova.jar} enters. Compiled for Java 8, so that a Java too old for the rest of Nova can still
 * load it and say so in one line, where it would otherwise end with a class version error.
 */
public final class Launcher {

    private static final int OLDEST_JAVA = 25;

    private Launcher() {}

    public static void main(String[] arguments) throws Exception {
        String version = System.getProperty("java.specification.version");
        if (feature(version) < OLDEST_JAVA) {
            System.err.println("nova: needs Java " + OLDEST_JAVA + " or newer, but this is Java " + version + " ("
                    + System.getProperty("java.home")
                    + "). Install a JDK " + OLDEST_JAVA + " and start Nova with its bin/java.");
            System.exit(1);
        }
        silenceUnsafe();
        Class.forName("com.agenticverz.nova.Nova")
                .getMethod("main", String[].class)
                .invoke(null, (Object) arguments);
    }

    /**
     * Pekko and Kamon use methods of {@code sun.misc.Unsafe} that are about to go, and the JVM warns of it once, in four
     * lines on stderr. The option against it ({@code --sun-misc-unsafe-memory-access=allow}) has no form that a jar could
     * carry in its manifest, so this tells the JVM that it has warned. Where that is not possible, it warns.
     */
    private static void silenceUnsafe() {
        try {
            Field warned = Class.forName("sun.misc.Unsafe").getDeclaredField("memoryAccessWarned");
            warned.setAccessible(true);
            warned.setBoolean(null, true);
        } catch (ReflectiveOperationException | RuntimeException e) {
            // a JVM that does it otherwise
        }
    }

    /** 1.8 is feature release 8; from 9 on the version is the feature release. */
    private static int feature(String version) {
        String feature = version.startsWith("1.") ? version.substring(2) : version;
        return Integer.parseInt(feature.replaceAll("\\D.*", ""));
    }
}

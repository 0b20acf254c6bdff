package com.agenticverz.nova;

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
        Class.forName("com.agenticverz.nova.Nova")
                .getMethod("main", String[].class)
                .invoke(null, (Object) arguments);
    }

    /** 1.8 is feature release 8; from 9 on the version is the feature release. */
    private static int feature(String version) {
        String feature = version.startsWith("1.") ? version.substring(2) : version;
        return Integer.parseInt(feature.replaceAll("\\D.*", ""));
    }
}

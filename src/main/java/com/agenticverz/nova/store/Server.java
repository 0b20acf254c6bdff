package com.agenticverz.nova.store;

/**
 * The server that was reached.
 *
 * @param database the database
 * @param version of the server, as it says it itself
 * @param versionNumber the same as a number, such as 180006
 */
public record Server(String database, String version, int versionNumber) {

    /** The oldest version that Nova works with. */
    public static final int OLDEST_VERSION_NUMBER = 140000;
}

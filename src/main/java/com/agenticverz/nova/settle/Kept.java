package com.agenticverz.nova.settle;

/** What became of a finished step that was to be kept. */
public sealed interface Kept {

    /** It is in the table. */
    record Yes() implements Kept {}

    /** Its run is no longer this node's: nothing was written. */
    record Lost() implements Kept {}

    /**
     * PostgreSQL does not take its values, and never will.
     *
     * @param reason in the words of the server
     */
    record Refused(String reason) implements Kept {}
}

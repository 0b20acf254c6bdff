package com.agenticverz.nova;

/** The command tree. */
public final class Nova {

    private Nova() {}

    public static void main(String[] arguments) {
        System.out.println("nova");
    }
}

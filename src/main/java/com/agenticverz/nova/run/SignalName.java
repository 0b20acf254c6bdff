package com.agenticverz.nova.run;

import java.util.regex.Pattern;

/** What a signal may be called: what every encoding of a database can store, and people can type. */
public final class SignalName {

    private static final Pattern ALLOWED = Pattern.compile("(?=.*[^ ])[ -~]{1,200}");

    private SignalName() {}

    /**
     * The name itself.
     *
     * @throws IllegalArgumentException when no signal can be called so
     */
    public static String checked(String name) {
        if (!ALLOWED.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "the name of a signal is '" + name + "'; allowed: 1 to 200 characters of visible ASCII and spaces");
        }
        return name;
    }
}

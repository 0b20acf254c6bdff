package com.agenticverz.nova.cli;

import com.agenticverz.nova.store.Actor;
import java.net.InetAddress;
import java.net.UnknownHostException;

/** Who gives a command, as the audit log names them. */
public final class CommandActor {

    private CommandActor() {}

    /** The user of the operating system and the name of the host. */
    public static Actor get() {
        return new Actor(System.getProperty("user.name", "somebody") + "@" + host() + " (nova)");
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException nameless) {
            return "localhost";
        }
    }
}

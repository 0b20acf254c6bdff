package com.agenticverz.nova.cluster;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** The address of this host that the other nodes most likely reach. */
public final class HostAddress {

    private static final int ANY_PORT = 9;

    private HostAddress() {}

    /**
     * The address from which this host reaches another one. Better than the address of its own name, which many systems
     * give as one of loopback.
     *
     * @param host the host of the database, which all nodes reach; null: unknown
     */
    public static String towards(@Nullable String host) {
        if (host != null) {
            // Sends nothing: connecting a datagram socket only chooses the route.
            try (var socket = new DatagramSocket()) {
                socket.connect(new InetSocketAddress(InetAddress.getByName(host), ANY_PORT));
                return socket.getLocalAddress().getHostAddress();
            } catch (IOException | RuntimeException noRoute) {
                // The database is not reached either, or by other means; its own name is the next best.
            }
        }
        try {
            return InetAddress.getLocalHost().getHostAddress();
        } catch (IOException unnamed) {
            return InetAddress.getLoopbackAddress().getHostAddress();
        }
    }
}

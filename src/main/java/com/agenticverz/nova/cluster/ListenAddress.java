package com.agenticverz.nova.cluster;

import com.agenticverz.nova.setting.SettingException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.channels.ServerSocketChannel;

/** Where this node listens to the others. */
public final class ListenAddress {

    private ListenAddress() {}

    /**
     * Whether it can listen there now. Asked before there is an actor system: one that finds its port taken has a lot to
     * say about it.
     *
     * @param reachedAt the host of the settings, or that which stands in for a blank one
     * @throws SettingException when it cannot
     */
    public static void check(ClusterSettings settings, String reachedAt) {
        var bindHost = settings.bindHost();
        var bindPort = settings.bindPort();
        var host = bindHost == null ? reachedAt : bindHost;
        int port = bindPort == null ? settings.port() : bindPort;
        try {
            ServerSocketChannel.open()
                    .bind(new InetSocketAddress(own(settings, host), port))
                    .close();
        } catch (IOException refusal) {
            var reason = String.valueOf(refusal.getMessage());
            throw new SettingException(
                    bindPort == null ? "CLUSTER_PORT" : "CLUSTER_BIND_PORT",
                    Integer.toString(port),
                    (reason.contains("in use") ? "is in use on " : "cannot be opened (" + reason + ") on ")
                            + host
                            + "; choose another one, or 0 for any free port");
        }
    }

    private static InetAddress own(ClusterSettings settings, String host) throws SocketException {
        var isBindHost = settings.bindHost() != null;
        var remedy = isBindHost
                ? "; allowed: " + ClusterSettings.BIND_HOST.allowed()
                : "; should it lead here all the same, set CLUSTER_BIND_HOST to where this node listens";
        InetAddress address;
        try {
            address = InetAddress.getByName(host);
        } catch (UnknownHostException e) {
            throw new SettingException(
                    isBindHost ? "CLUSTER_BIND_HOST" : "CLUSTER_HOST", host, "is an unknown host" + remedy);
        }
        if (!address.isAnyLocalAddress()
                && !address.isLoopbackAddress()
                && NetworkInterface.getByInetAddress(address) == null) {
            throw new SettingException(
                    isBindHost ? "CLUSTER_BIND_HOST" : "CLUSTER_HOST", host, "is no address of this host" + remedy);
        }
        return address;
    }
}

package com.agenticverz.nova.skill.builtin;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Takes one connection of the HTTP client to a socket that is connected already, and nowhere else.
 *
 * <p>The client resolves the name of a host itself, and so might connect to another address than the one that was
 * checked a moment ago: whoever owns the name decides what it is told. It does not where it has a proxy. This is one, on
 * loopback, for one connection: it ignores where the client wants to go, because it is there. With https the client
 * makes a tunnel of it and speaks TLS with the host itself, and so checks the certificate against the name as ever.
 *
 * <p>Another process of this machine might be faster than the client. It would reach an address that it reaches anyway,
 * and the client would find nobody.
 */
final class Relay implements Closeable {

    private static final int LONGEST_LINE_BYTES = 1_000_000;
    private static final byte[] ESTABLISHED =
            "HTTP/1.1 200 Connection established\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final ServerSocket entrance;
    private final Socket exit;
    private final boolean tunnel;
    private @Nullable Socket client;
    private boolean closed;

    private Relay(ServerSocket entrance, Socket exit, boolean tunnel) {
        this.entrance = entrance;
        this.exit = exit;
        this.tunnel = tunnel;
    }

    /**
     * Opens one.
     *
     * @param exit where it leads; closed with it
     * @param tunnel whether the client will speak TLS
     */
    static Relay to(Socket exit, boolean tunnel) throws IOException {
        var relay = new Relay(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()), exit, tunnel);
        Thread.ofVirtual().name("http-call-there").start(relay::there);
        return relay;
    }

    /** What leads the client here. */
    ProxySelector proxy() {
        return ProxySelector.of((InetSocketAddress) entrance.getLocalSocketAddress());
    }

    /** From the client to the host. */
    private void there() {
        try (this) {
            var socket = entrance.accept();
            if (!keep(socket)) {
                return;
            }
            entrance.close();
            socket.setTcpNoDelay(true);
            var from = new BufferedInputStream(socket.getInputStream());
            var request = line(from);
            if (tunnel) {
                while (!line(from).isEmpty()) {}
                socket.getOutputStream().write(ESTABLISHED);
            } else {
                exit.getOutputStream().write((originForm(request) + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
            }
            Thread.ofVirtual().name("http-call-back").start(() -> back(socket));
            from.transferTo(exit.getOutputStream());
        } catch (IOException _) {
            // The client notices, for its connection is closed.
        }
    }

    /** From the host to the client. */
    private void back(Socket socket) {
        try {
            exit.getInputStream().transferTo(socket.getOutputStream());
            // A response may have its end here; the client says when it is done.
            socket.shutdownOutput();
        } catch (IOException e) {
            reset(socket);
            close();
        }
    }

    /** Ends the connection so that what came of a response is not taken for all of it. */
    private static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException _) {
            // It is closed.
        }
    }

    /** {@code GET http://host/path HTTP/1.1}, as one asks a proxy, becomes {@code GET /path HTTP/1.1}. */
    private static String originForm(String request) throws IOException {
        var parts = request.split(" ", -1);
        int authority = parts.length == 3 ? parts[1].indexOf("://") : -1;
        int path = authority < 0 ? -1 : parts[1].indexOf('/', authority + 3);
        if (path < 0) {
            throw new IOException("not a request to a proxy");
        }
        return parts[0] + " " + parts[1].substring(path) + " " + parts[2];
    }

    private static String line(InputStream from) throws IOException {
        var line = new ByteArrayOutputStream();
        for (int it = from.read(); it != '\n'; it = from.read()) {
            if (it < 0 || line.size() == LONGEST_LINE_BYTES) {
                throw new IOException("no end of a line");
            }
            line.write(it);
        }
        return line.toString(StandardCharsets.ISO_8859_1).stripTrailing();
    }

    private synchronized boolean keep(Socket socket) throws IOException {
        if (closed) {
            socket.close();
            return false;
        }
        client = socket;
        return true;
    }

    @Override
    public synchronized void close() {
        closed = true;
        close(entrance);
        close(exit);
        if (client != null) {
            close(client);
        }
    }

    private static void close(Closeable it) {
        try {
            it.close();
        } catch (IOException _) {
            // It is of no more use either way.
        }
    }
}

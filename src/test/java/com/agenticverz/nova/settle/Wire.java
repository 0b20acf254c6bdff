package com.agenticverz.nova.settle;

import com.agenticverz.nova.store.DatabaseUrl;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The wire between a test and its PostgreSQL, which can be cut: at once, or right after the server has answered a
 * certain statement, so that it is committed and nobody hears of it.
 */
public final class Wire implements AutoCloseable {

    private final ServerSocket listening;
    private final DatabaseUrl server;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile boolean cut;
    private volatile @Nullable String loseAnswerTo;
    private volatile int answersLost;

    private Wire(DatabaseUrl server) throws IOException {
        this.server = server;
        this.listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    /** A wire to this server. */
    public static Wire to(DatabaseUrl server) {
        try {
            return new Wire(server);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The same database, over this wire. */
    public DatabaseUrl url() {
        return new DatabaseUrl(
                "127.0.0.1:" + listening.getLocalPort(),
                server.database(),
                server.user(),
                server.password(),
                server.parameters());
    }

    /** Nothing comes through any more. */
    public void cut() {
        cut = true;
        open.forEach(Wire::close);
    }

    /** New connections come through again. */
    public void mend() {
        cut = false;
    }

    /** The next answer to a statement that contains this text is lost, and its connection with it. */
    public void loseAnswerTo(String text) {
        loseAnswerTo = text;
    }

    /** How many answers were lost. */
    public int answersLost() {
        return answersLost;
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                var client = listening.accept();
                if (cut) {
                    client.close();
                    continue;
                }
                var address = server.hosts().split(":");
                var upstream = new Socket(address[0], Integer.parseInt(address[1]));
                open.add(client);
                open.add(upstream);
                new Connection(client, upstream).start();
            } catch (IOException e) {
                // Closed, by the test or by a client that has gone.
            }
        }
    }

    private final class Connection {
        private final Socket client;
        private final Socket upstream;
        private volatile boolean answerIsLost;

        Connection(Socket client, Socket upstream) {
            this.client = client;
            this.upstream = upstream;
        }

        void start() {
            Thread.ofVirtual().start(() -> pump(client, upstream, true));
            Thread.ofVirtual().start(() -> pump(upstream, client, false));
        }

        private void pump(Socket from, Socket to, boolean statements) {
            var buffer = new byte[1 << 16];
            try {
                for (int read; (read = from.getInputStream().read(buffer)) >= 0; ) {
                    if (statements) {
                        watch(Arrays.copyOf(buffer, read));
                    } else if (answerIsLost) {
                        // The server answers once it has committed.
                        break;
                    }
                    to.getOutputStream().write(buffer, 0, read);
                }
            } catch (IOException e) {
                // Cut.
            } finally {
                close(client);
                close(upstream);
                open.remove(client);
                open.remove(upstream);
            }
        }

        private void watch(byte[] sent) {
            var wanted = loseAnswerTo;
            if (wanted != null && new String(sent, StandardCharsets.ISO_8859_1).contains(wanted)) {
                loseAnswerTo = null;
                answerIsLost = true;
                answersLost = answersLost + 1;
            }
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // It is closed all the same.
        }
    }

    @Override
    public void close() {
        cut();
        try {
            listening.close();
        } catch (IOException e) {
            // It is closed all the same.
        }
    }
}

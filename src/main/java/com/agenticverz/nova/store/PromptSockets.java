package com.agenticverz.nova.store;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import javax.net.SocketFactory;

/**
 * Sockets for the connection that listens. After each notification the driver asks whether there is another one, by a read
 * with a timeout of one millisecond, and waits for that before it hands the first one out: its own limit on how often it
 * does so is passed by where the read times out (pgjdbc 42.7, {@code PGStream.hasMessagePending}). Here, such a read says
 * at once that there is nothing when there is nothing. That is a third of the time from an insert to the start of its run.
 *
 * <p>The driver makes it by its name; it is public for that.
 */
public final class PromptSockets extends SocketFactory {

    private static final int PROBE_MILLIS = 1;

    /** For the driver. */
    public PromptSockets() {}

    private static final class PromptSocket extends Socket {

        private volatile boolean probing;

        @Override
        public void setSoTimeout(int timeoutMillis) throws SocketException {
            probing = timeoutMillis == PROBE_MILLIS;
            super.setSoTimeout(timeoutMillis);
        }

        @Override
        public InputStream getInputStream() throws IOException {
            return new FilterInputStream(super.getInputStream()) {
                @Override
                public int read() throws IOException {
                    orNothing();
                    return super.read();
                }

                @Override
                public int read(byte[] bytes, int offset, int length) throws IOException {
                    orNothing();
                    return super.read(bytes, offset, length);
                }

                private void orNothing() throws IOException {
                    if (probing && in.available() == 0) {
                        throw new SocketTimeoutException("nothing is there");
                    }
                }
            };
        }
    }

    @Override
    public Socket createSocket() {
        return new PromptSocket();
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        throw new IOException("the driver connects by itself");
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
        return createSocket(host, port);
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return createSocket(host.getHostAddress(), port);
    }

    @Override
    public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort)
            throws IOException {
        return createSocket(address, port);
    }
}

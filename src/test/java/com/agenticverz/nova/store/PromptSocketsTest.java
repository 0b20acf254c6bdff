package com.agenticverz.nova.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class PromptSocketsTest {

    private ServerSocket server;
    private Socket socket;
    private Socket peer;
    private InputStream input;

    @BeforeEach
    void connect() throws IOException {
        server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        socket = new PromptSockets().createSocket();
        socket.connect(server.getLocalSocketAddress());
        peer = server.accept();
        input = socket.getInputStream();
    }

    @AfterEach
    void close() throws IOException {
        peer.close();
        socket.close();
        server.close();
    }

    @Test
    void theProbeOfTheDriverSaysThatNothingIsThere() throws IOException {
        socket.setSoTimeout(1);

        assertThatThrownBy(() -> input.read(new byte[8], 0, 8))
                .isInstanceOf(SocketTimeoutException.class)
                // Not that of the socket, which would have waited.
                .hasMessage("nothing is there");
    }

    @Test
    void theProbeOfTheDriverFindsWhatIsThere() throws IOException {
        peer.getOutputStream().write('A');
        // Until it has come.
        socket.setSoTimeout(10_000);
        assertThat(input.read()).isEqualTo('A');
        peer.getOutputStream().write(new byte[] {'B', 'C'});
        assertThat(input.read()).isEqualTo('B');
        socket.setSoTimeout(1);

        assertThat(input.read()).isEqualTo('C');
    }

    @Test
    void anyOtherReadWaitsAsLongAsItWasTold() throws IOException {
        socket.setSoTimeout(1);
        socket.setSoTimeout(50);

        assertThatThrownBy(() -> input.read(new byte[8], 0, 8))
                .isInstanceOf(SocketTimeoutException.class)
                .hasMessageNotContaining("nothing is there");
    }
}

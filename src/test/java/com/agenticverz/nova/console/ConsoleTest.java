package com.agenticverz.nova.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.agenticverz.nova.setting.SettingException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConsoleTest {

    private final AtomicReference<Readiness> readiness = new AtomicReference<>(Readiness.READY);
    private final HttpClient client = HttpClient.newHttpClient();
    private final Console console = start("127.0.0.1", 0, null);

    @AfterEach
    void close() {
        console.close();
        client.close();
    }

    @Test
    void metricsSayWhichFormatTheyAreIn() throws Exception {
        HttpResponse<String> response = get("/metrics");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type"))
                .hasValueSatisfying(
                        type -> assertThat(type).isEqualToIgnoringCase("text/plain; version=0.0.4; charset=utf-8"));
        assertThat(response.body()).isEqualTo("nova_poller_active 1.0 ä\n");
    }

    @Test
    void aNodeThatDrainsIsAliveAndNotReady() throws Exception {
        assertThat(get("/health/ready").statusCode()).isEqualTo(200);
        assertThat(get("/health/ready").body()).isEqualTo("{\"ready\":true}");

        readiness.set(Readiness.notReady("draining"));
        HttpResponse<String> ready = get("/health/ready");
        assertThat(ready.statusCode()).isEqualTo(503);
        assertThat(ready.headers().firstValue("Content-Type")).hasValue("application/json");
        assertThat(ready.body()).isEqualTo("{\"ready\":false,\"reason\":\"draining\"}");
        assertThat(get("/health/live").statusCode()).isEqualTo(200);
        assertThat(get("/health/live").body()).isEqualTo("{\"live\":true}");
    }

    @Test
    void anUnknownPathIsAnsweredInJson() throws Exception {
        HttpResponse<String> response = get("/no/%3Cthing%3E");
        assertThat(response.statusCode()).isEqualTo(404);
        assertThat(response.headers().firstValue("Content-Type")).hasValue("application/json");
        assertThat(response.body()).startsWith("{\"error\":\"there is no /no/");
    }

    @Test
    void healthAndMetricsNeverAskForAToken() throws Exception {
        try (Console guarded = start("127.0.0.1", 0, "token")) {
            assertThat(get(guarded, "/metrics").statusCode()).isEqualTo(200);
            assertThat(get(guarded, "/health/live").statusCode()).isEqualTo(200);
            assertThat(get(guarded, "/health/ready").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void aPortThatIsTakenIsSaidOnOneLine() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            assertThatThrownBy(() -> start("127.0.0.1", taken.getLocalPort(), null))
                    .isInstanceOf(SettingException.class)
                    .hasMessage("HTTP_PORT: '" + taken.getLocalPort() + "' is in use on 127.0.0.1;"
                            + " choose another one, or 0 for any free port. Nova did not start.");
        }
    }

    @Test
    void aHostThatIsNotThisOneIsSaidOnOneLine() {
        assertThatThrownBy(() -> start("203.0.113.77", 0, "token"))
                .isInstanceOf(SettingException.class)
                .hasMessage("HTTP_HOST: '203.0.113.77' is not an address of this host;"
                        + " 127.0.0.1 and 0.0.0.0 always are. Nova did not start.");
    }

    @Test
    void onLoopbackItIsNotReachedFromElsewhere() throws IOException {
        int port = URI.create(console.url()).getPort();
        List<InetAddress> elsewhere = NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(address -> !address.isLoopbackAddress())
                .toList();
        for (InetAddress address : elsewhere) {
            assertThatThrownBy(() -> new Socket(address, port).close()).isInstanceOf(IOException.class);
        }
        new Socket("127.0.0.1", port).close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"::1", "[::1]"})
    void anIpv6AddressIsInBracketsInTheUrl(String host) throws Exception {
        Assumptions.assumeTrue(NetworkInterface.getByInetAddress(InetAddress.getByName("::1")) != null);
        try (Console console = start(host, 0, null)) {
            assertThat(console.url()).matches("http://\\[::1]:[0-9]+");
            assertThat(get(console, "/health/live").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void theUrlOfAWildcardCanBeOpened() throws Exception {
        try (Console console = start("0.0.0.0", 0, "token")) {
            assertThat(console.url()).matches("http://localhost:[1-9][0-9]*");
            assertThat(get(console, "/health/live").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void aClosedConsoleAnswersNothing() {
        console.close();
        assertThatThrownBy(() -> get("/health/live")).isInstanceOf(ConnectException.class);
    }

    private Console start(String host, int port, String token) {
        return Console.start(
                new HttpSettings(host, port, token), () -> "nova_poller_active 1.0 ä\n", readiness::get, () -> null);
    }

    private HttpResponse<String> get(String path) throws Exception {
        return get(console, path);
    }

    private HttpResponse<String> get(Console console, String path) throws Exception {
        return client.send(
                HttpRequest.newBuilder(URI.create(console.url() + path)).build(), HttpResponse.BodyHandlers.ofString());
    }
}

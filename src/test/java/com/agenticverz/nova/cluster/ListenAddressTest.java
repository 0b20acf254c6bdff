package com.agenticverz.nova.cluster;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.agenticverz.nova.setting.SettingException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ListenAddressTest {

    /** For documentation: no host has it. */
    private static final String NOT_HERE = "192.0.2.7";

    @Test
    void aPortThatIsTakenIsSaid() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            int port = taken.getLocalPort();
            assertRefused(
                    "CLUSTER_PORT: '" + port + "' is in use on 127.0.0.1; choose another one, or 0 for any free port",
                    settings("127.0.0.1", port, null, null));
            assertRefused(
                    "CLUSTER_BIND_PORT: '" + port + "' is in use on localhost; choose another one, or 0 for any free"
                            + " port",
                    settings(NOT_HERE, 1, "localhost", port));
        }
    }

    @Test
    void aHostThatIsAnothersIsSaidWithTheWayOut() {
        assertRefused(
                "CLUSTER_HOST: '" + NOT_HERE + "' is no address of this host; should it lead here all the same, set"
                        + " CLUSTER_BIND_HOST to where this node listens",
                settings(NOT_HERE, 0, null, null));
        assertRefused(
                "CLUSTER_HOST: 'nova-no-such-host.invalid' is an unknown host; should it lead here all the same, set"
                        + " CLUSTER_BIND_HOST to where this node listens",
                settings("nova-no-such-host.invalid", 0, null, null));
        assertRefused(
                "CLUSTER_BIND_HOST: '" + NOT_HERE + "' is no address of this host; allowed: a name or an address of"
                        + " this host",
                settings("localhost", 0, NOT_HERE, null));
    }

    @Test
    void whereItMayListenNothingIsSaid() {
        for (var host : new String[] {"127.0.0.1", "localhost"}) {
            assertThatCode(() -> check(settings(host, 0, null, null))).as(host).doesNotThrowAnyException();
        }
        assertThatCode(() -> check(settings(NOT_HERE, 1, "0.0.0.0", 0))).doesNotThrowAnyException();
        assertThatCode(() -> check(settings(NOT_HERE, 1, "127.0.0.1", 0))).doesNotThrowAnyException();
    }

    private static ClusterSettings settings(
            String host, int port, @Nullable String bindHost, @Nullable Integer bindPort) {
        return new ClusterSettings(host, port, bindHost, bindPort, null);
    }

    private static void check(ClusterSettings settings) {
        ListenAddress.check(settings, settings.host());
    }

    private static void assertRefused(String line, ClusterSettings settings) {
        assertThatThrownBy(() -> check(settings))
                .isInstanceOf(SettingException.class)
                .hasMessage(line + ". Nova did not start.");
    }
}

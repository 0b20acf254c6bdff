package com.agenticverz.nova.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.NetworkInterface;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostAddressTest {

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "localhost"})
    void towardsADatabaseOnThisHostItIsLoopback(String host) throws Exception {
        assertThat(InetAddress.getByName(HostAddress.towards(host)).isLoopbackAddress())
                .isTrue();
    }

    /** 192.0.2.0/24 is for documentation: nothing is sent there. */
    @ParameterizedTest
    @ValueSource(strings = {"192.0.2.1", "nova-no-such-host.invalid", "not a host", ""})
    @NullSource
    void whateverItIsItIsAnAddressOfThisHost(String host) throws Exception {
        var address = InetAddress.getByName(HostAddress.towards(host));

        assertThat(address.isAnyLocalAddress()).isFalse();
        assertThat(NetworkInterface.getByInetAddress(address)).isNotNull();
    }

    @Test
    void itIsOneThatCanBeWrittenBeforeAPort() {
        assertThat(HostAddress.towards("127.0.0.1")).isEqualTo("127.0.0.1");
    }
}

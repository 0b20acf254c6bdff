package com.agenticverz.nova.skill.builtin;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressGuardTest {

    private static final AddressGuard NOTHING_ALLOWED = new AddressGuard(List.of(), Set.of());

    @ParameterizedTest
    @CsvSource({
        "0.0.0.0, unspecified",
        "0.1.2.3, unspecified",
        "10.0.0.0, private",
        "10.255.255.255, private",
        "100.64.0.0, carrier-grade NAT",
        "100.127.255.255, carrier-grade NAT",
        "127.0.0.1, loopback",
        "127.255.255.254, loopback",
        "169.254.169.254, link-local",
        "172.16.0.0, private",
        "172.31.255.255, private",
        "192.168.0.1, private",
        "192.0.0.1, reserved",
        "192.0.2.1, documentation",
        "198.19.255.255, reserved",
        "224.0.0.1, multicast",
        "239.255.255.255, multicast",
        "240.0.0.1, reserved",
        "255.255.255.255, broadcast",
        "::, unspecified",
        "::1, loopback",
        "fe80::1, link-local",
        "febf::1, link-local",
        "fec0::1, private",
        "fc00::1, private",
        "fdff::1, private",
        "ff02::1, multicast",
        "::ffff:127.0.0.1, loopback",
        "::ffff:a9fe:a9fe, link-local",
        "::127.0.0.1, loopback 127.0.0.1",
        "::10.1.2.3, private 10.1.2.3",
        "::ffff:0:10.1.2.3, private 10.1.2.3",
        "64:ff9b::169.254.169.254, link-local 169.254.169.254",
        "64:ff9b::a01:203, private 10.1.2.3",
        "64:ff9b:1::1, tunnel",
        "2002:7f00:1::, loopback 127.0.0.1",
        "2002:a01:203::1, private 10.1.2.3",
        "2001:0:1::1, tunnel",
        "2001:db8::1, documentation",
        "100::1, reserved",
        "4000::1, reserved",
    })
    void whatOnlyTheNodeReachesIsRefused(String address, String kind) {
        var its = InetAddress.ofLiteral(address);

        assertThat(NOTHING_ALLOWED.refusal("example.org", its))
                .hasValue("host 'example.org' has the address " + its.getHostAddress() + " (" + kind + ")");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.1.1.1",
                "9.255.255.255",
                "11.0.0.0",
                "100.63.255.255",
                "100.128.0.0",
                "126.255.255.255",
                "128.0.0.0",
                "169.253.255.255",
                "169.255.0.0",
                "172.15.255.255",
                "172.32.0.0",
                "192.167.255.255",
                "192.169.0.0",
                "223.255.255.255",
                "2606:4700::1111",
                "64:ff9b::8.8.8.8",
                "2002:808:808::1",
            })
    void whatTheInternetReachesIsNot(String address) {
        assertThat(NOTHING_ALLOWED.refusal("example.org", InetAddress.ofLiteral(address)))
                .isEmpty();
    }

    @Test
    void aRangeAllowsItsAddresses() {
        var guard = new AddressGuard(ranges("10.1.0.0/16", "fd00::/9", "127.0.0.1", "172.16.0.0/13"), Set.of());

        assertThat(refused(guard, "10.1.0.0", "10.1.255.255", "fd7f::1", "127.0.0.1", "172.23.0.1", "64:ff9b::a01:203"))
                .isEmpty();
        assertThat(refused(guard, "10.0.255.255", "10.2.0.0", "fd80::1", "127.0.0.2", "::1", "172.24.0.1", "fc00::"))
                .containsExactly("10.0.255.255", "10.2.0.0", "fd80::1", "127.0.0.2", "::1", "172.24.0.1", "fc00::");
    }

    @Test
    void theRangeOfEverythingAllowsEverything() {
        var guard = new AddressGuard(ranges("0.0.0.0/0", "::/0"), Set.of());

        assertThat(refused(guard, "127.0.0.1", "::1", "169.254.169.254", "ff02::1"))
                .isEmpty();
    }

    @Test
    void aHostAllowsWhateverAddressesItHas() {
        var guard = new AddressGuard(List.of(), Set.of("internal.example"));
        var address = InetAddress.ofLiteral("10.1.2.3");

        assertThat(guard.refusal("internal.example", address)).isEmpty();
        assertThat(guard.refusal("other.example", address)).isPresent();
        assertThat(guard.refusal("sub.internal.example", address)).isPresent();
    }

    private static List<AddressRange> ranges(String... ranges) {
        return Arrays.stream(ranges).map(AddressRange::parse).toList();
    }

    private static List<String> refused(AddressGuard guard, String... addresses) {
        return Arrays.stream(addresses)
                .filter(it ->
                        guard.refusal("example.org", InetAddress.ofLiteral(it)).isPresent())
                .toList();
    }
}

package com.agenticverz.nova.skill.builtin;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which addresses a request may go to.
 *
 * <p>A plan may come from anybody who may enqueue, and a node stands where its database is. So what only such a place
 * reaches is refused, unless the settings allow it: the host itself, its networks, the metadata service of a cloud.
 * What counts is the address, whatever name has led to it, and an IPv4 address also where it is part of an IPv6 one.
 *
 * @param ranges whose addresses are allowed in any case
 * @param hosts names whose addresses are, whichever these are
 */
record AddressGuard(List<AddressRange> ranges, Set<String> hosts) {

    private static final List<Kind> REFUSED = List.of(
            new Kind("unspecified", "0.0.0.0/8", "::/128"),
            new Kind("loopback", "127.0.0.0/8", "::1/128"),
            new Kind("link-local", "169.254.0.0/16", "fe80::/10"),
            new Kind("private", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fec0::/10"),
            new Kind("carrier-grade NAT", "100.64.0.0/10"),
            new Kind("multicast", "224.0.0.0/4", "ff00::/8"),
            new Kind("broadcast", "255.255.255.255/32"),
            new Kind(
                    "documentation", "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20"),
            // A tunnel ends at an address that is not to be seen here.
            new Kind("tunnel", "192.88.99.0/24", "2001::/32", "64:ff9b:1::/48"),
            new Kind("reserved", "192.0.0.0/24", "198.18.0.0/15", "240.0.0.0/4", "2001:2::/48"));

    /** Outside of it, there is no IPv6 address that the whole internet reaches. */
    private static final AddressRange GLOBAL = AddressRange.parse("2000::/3");

    /** IPv6 addresses that stand for an IPv4 one, and the byte where that begins. */
    private static final List<Embedding> EMBEDDINGS = List.of(
            new Embedding(AddressRange.parse("::/96"), 12),
            new Embedding(AddressRange.parse("::ffff:0:0:0/96"), 12),
            new Embedding(AddressRange.parse("64:ff9b::/96"), 12),
            new Embedding(AddressRange.parse("2002::/16"), 2));

    private record Kind(String name, List<AddressRange> ranges) {
        Kind(String name, String... ranges) {
            this(name, Arrays.stream(ranges).map(AddressRange::parse).toList());
        }
    }

    private record Embedding(AddressRange range, int at) {}

    AddressGuard {
        ranges = List.copyOf(ranges);
        hosts = Set.copyOf(hosts);
    }

    /** Why a request must not go to this address of this host, for a message; empty when it may. */
    Optional<String> refusal(String host, InetAddress address) {
        return refused(host, address)
                .map(kind -> "host '" + host + "' has the address " + address.getHostAddress() + " (" + kind + ")");
    }

    private Optional<String> refused(String host, InetAddress address) {
        var embedded = embedded(address);
        if (hosts.contains(host) || allowed(address) || embedded != null && allowed(embedded)) {
            return Optional.empty();
        }
        return kind(address).or(() -> {
            if (embedded != null) {
                return kind(embedded).map(it -> it + " " + embedded.getHostAddress());
            }
            return address instanceof Inet6Address && !GLOBAL.contains(address)
                    ? Optional.of("reserved")
                    : Optional.empty();
        });
    }

    private boolean allowed(InetAddress address) {
        return ranges.stream().anyMatch(it -> it.contains(address));
    }

    private static Optional<String> kind(InetAddress address) {
        return REFUSED.stream()
                .filter(kind -> kind.ranges().stream().anyMatch(it -> it.contains(address)))
                .map(Kind::name)
                .findFirst();
    }

    /** The IPv4 address that this one stands for. One that is mapped, ::ffff:a.b.c.d, the JDK has turned into it already. */
    private static @Nullable InetAddress embedded(InetAddress address) {
        for (var it : EMBEDDINGS) {
            if (it.range().contains(address)) {
                return AddressRange.address(Arrays.copyOfRange(address.getAddress(), it.at(), it.at() + 4));
            }
        }
        return null;
    }
}

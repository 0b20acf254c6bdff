package com.agenticverz.nova.scenario;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Hosts that can be cut off from each other and from PostgreSQL: network namespaces, each with a leg on a network of the
 * nodes and one on a network of the database, where PostgreSQL is reached at an address of the test's own namespace.
 *
 * <p>A cut is silent, as behind a router: a packet is lost, and nothing says so. For that a cut leaves the link up, and
 * who has which address is fixed, because a host that is asked for in vain would be reported as unreachable.
 *
 * <p>Needs root, and fails without it.
 */
final class Network implements AutoCloseable {

    /** One of the two networks that a host is on. */
    enum Leg {
        PEERS,
        DATABASE;

        private final String letter = name().substring(0, 1).toLowerCase(Locale.ROOT);
        /** Its name on the host. */
        private final String device = name().toLowerCase(Locale.ROOT);
    }

    /** Takes packets from everybody and gives them to nobody. */
    private static final String NOBODY = "02:00:00:00:00:ff";

    private static final int FORWARDING = 3;
    private static final int DISABLED = 0;

    private final String name;
    private final String peersPrefix = "10.0.0.";
    private final String databasePrefix;
    private final List<Host> hosts;
    private final Thread atExit = new Thread(this::delete);

    /** Makes the networks with so many hosts. */
    static Network of(int hosts) {
        var network = new Network(hosts);
        Runtime.getRuntime().addShutdownHook(network.atExit);
        try {
            network.make();
            return network;
        } catch (RuntimeException e) {
            network.close();
            throw e;
        }
    }

    private Network(int hosts) {
        long pid = ProcessHandle.current().pid();
        // Several builds may run on one machine, and the name of an interface has 15 characters.
        this.name = "nv" + Long.toString(pid, Character.MAX_RADIX);
        // This one has an address in the test's own namespace. RFC 2544 sets the range aside for tests of networks.
        this.databasePrefix = "198." + (18 + (pid >> 8 & 1)) + "." + (pid & 255) + ".";
        this.hosts = IntStream.rangeClosed(1, hosts)
                .mapToObj(number -> new Host(this, number))
                .toList();
    }

    private void make() {
        var commands = new ArrayList<String>();
        for (var leg : Leg.values()) {
            commands.add("ip link add " + bridge(leg) + " address " + mac(leg, 254) + " type bridge");
            commands.add("ip link set " + bridge(leg) + " up");
        }
        commands.add("ip addr add " + databaseAddress() + "/24 dev " + bridge(Leg.DATABASE));
        for (var host : hosts) {
            commands.add("ip netns add " + host.namespace());
            commands.add("ip -n " + host.namespace() + " link set lo up");
            for (var leg : Leg.values()) {
                var end = host.end(leg);
                commands.add("ip link add " + end + " type veth peer name " + leg.device + " address "
                        + mac(leg, host.number) + " netns " + host.namespace());
                commands.add("ip link set " + end + " master " + bridge(leg) + " up");
                commands.add("ip -n " + host.namespace() + " addr add " + address(leg, host.number) + "/24 dev "
                        + leg.device);
                commands.add("ip -n " + host.namespace() + " link set " + leg.device + " up");
            }
            commands.add("ip -n " + host.namespace() + " neigh replace " + databaseAddress() + " lladdr "
                    + mac(Leg.DATABASE, 254) + " dev database nud permanent");
            commands.add("ip neigh replace " + address(Leg.DATABASE, host.number) + " lladdr "
                    + mac(Leg.DATABASE, host.number) + " dev " + bridge(Leg.DATABASE) + " nud permanent");
            hosts.stream().filter(peer -> peer != host).forEach(peer -> commands.add(host.way(peer, true)));
        }
        runAll(commands);
    }

    /** What is left of it goes, whatever it is. Nodes on its hosts have to have ended. */
    private void delete() {
        for (var host : hosts) {
            run("ip netns del " + host.namespace());
            for (var leg : Leg.values()) {
                run("ip link del " + host.end(leg));
            }
        }
        for (var leg : Leg.values()) {
            run("ip link del " + bridge(leg));
        }
    }

    @Override
    public void close() {
        delete();
        Runtime.getRuntime().removeShutdownHook(atExit);
    }

    /** Where PostgreSQL has to listen, and where the nodes reach it. The test itself reaches it at any moment. */
    String databaseAddress() {
        return address(Leg.DATABASE, 254);
    }

    /** From where the nodes reach PostgreSQL. */
    String databaseNetwork() {
        return databasePrefix + "0/24";
    }

    /** Its hosts. */
    List<Host> hosts() {
        return hosts;
    }

    private String address(Leg leg, int number) {
        return (leg == Leg.PEERS ? peersPrefix : databasePrefix) + number;
    }

    private static String mac(Leg leg, int number) {
        return "02:00:00:00:0%d:%02x".formatted(leg.ordinal() + 1, number);
    }

    private String bridge(Leg leg) {
        return name + leg.letter;
    }

    /** A host, on which one node is to run. */
    static final class Host {

        private final Network network;
        private final int number;

        private Host(Network network, int number) {
            this.network = network;
            this.number = number;
        }

        private String namespace() {
            return network.name + "-" + number;
        }

        /** The end of its cable in the switch. */
        private String end(Leg leg) {
            return network.name + leg.letter + number;
        }

        /** Where its peers reach it. */
        String address() {
            return network.address(Leg.PEERS, number);
        }

        /** What a command has to begin with to run here. It keeps its process id, because that is an exec. */
        List<String> exec() {
            return List.of("ip", "netns", "exec", namespace());
        }

        /** From now on nothing leaves or reaches it on these networks. */
        void cut(Leg... legs) {
            switchPorts(DISABLED, legs);
        }

        /** Undoes a {@link #cut}. */
        void heal(Leg... legs) {
            switchPorts(FORWARDING, legs);
        }

        private void switchPorts(int state, Leg... legs) {
            runAll(List.of(legs).stream()
                    .map(leg -> "bridge link set dev " + end(leg) + " state " + state)
                    .toList());
        }

        /** From now on what it sends to its peers is lost. What they send arrives, but is never acknowledged. */
        void cutWayToPeers() {
            ways(false);
        }

        /** Undoes {@link #cutWayToPeers}. */
        void healWayToPeers() {
            ways(true);
        }

        private void ways(boolean open) {
            runAll(network.hosts.stream()
                    .filter(peer -> peer != this)
                    .map(peer -> way(peer, open))
                    .toList());
        }

        private String way(Host peer, boolean open) {
            return "ip -n " + namespace() + " neigh replace " + peer.address() + " lladdr "
                    + (open ? mac(Leg.PEERS, peer.number) : NOBODY) + " dev peers nud permanent";
        }

        @Override
        public String toString() {
            return "host " + number;
        }
    }

    /** Everybody at once, as far as the nodes can tell. */
    void cutDatabase() {
        databaseState(DISABLED);
    }

    /** Undoes {@link #cutDatabase}. */
    void healDatabase() {
        databaseState(FORWARDING);
    }

    private void databaseState(int state) {
        runAll(hosts.stream()
                .map(host -> "bridge link set dev " + host.end(Leg.DATABASE) + " state " + state)
                .toList());
    }

    // --- commands

    private static void runAll(List<String> commands) {
        for (var command : commands) {
            var said = run(command);
            if (!said.isEmpty()) {
                throw new IllegalStateException(
                        command + ": " + said + ". These tests need root, network namespaces and iproute2.");
            }
        }
    }

    /** Returns what it said if it failed. */
    private static String run(String command) {
        try {
            var process = new ProcessBuilder(command.split(" "))
                    .redirectErrorStream(true)
                    .start();
            var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return process.waitFor() == 0 ? "" : "it failed: " + said;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}

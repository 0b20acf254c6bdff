package com.agenticverz.nova.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.ResourceLock;

/** That the cuts cut: without that, a test of a partition proves nothing. */
@Tag("cluster")
@ResourceLock("network")
class NetworkIT {

    @RegisterExtension
    final Scenario scenario = Scenario.onHosts(2);

    @Test
    void whatIsCutIsLostInSilenceAndWhatIsHealedArrives() throws IOException, InterruptedException {
        var network = scenario.network();
        var one = network.hosts().getFirst();
        var other = network.hosts().getLast();
        int port = scenario.server().port();
        assertThat(reaches(one, network.databaseAddress(), port)).isEqualTo("connected");
        // Nobody listens there, which the other host says.
        assertThat(reaches(one, other.address(), port)).isEqualTo("refused");

        one.cut(Network.Leg.DATABASE);
        assertThat(reaches(one, network.databaseAddress(), port)).isEqualTo("silence");
        assertThat(reaches(other, network.databaseAddress(), port)).isEqualTo("connected");
        assertThat(reaches(one, other.address(), port)).isEqualTo("refused");
        one.heal(Network.Leg.DATABASE);
        assertThat(reaches(one, network.databaseAddress(), port)).isEqualTo("connected");

        one.cut(Network.Leg.PEERS);
        assertThat(reaches(one, other.address(), port)).isEqualTo("silence");
        assertThat(reaches(other, one.address(), port)).isEqualTo("silence");
        assertThat(reaches(one, network.databaseAddress(), port)).isEqualTo("connected");
        one.heal(Network.Leg.PEERS);
        assertThat(reaches(one, other.address(), port)).isEqualTo("refused");

        one.cutWayToPeers();
        assertThat(reaches(one, other.address(), port)).isEqualTo("silence");
        // Its question arrives, and the answer is lost.
        assertThat(reaches(other, one.address(), port)).isEqualTo("silence");
        one.healWayToPeers();
        assertThat(reaches(other, one.address(), port)).isEqualTo("refused");

        network.cutDatabase();
        assertThat(reaches(other, network.databaseAddress(), port)).isEqualTo("silence");
        assertThat(scenario.sql().count("SELECT 1")).isOne();
        network.healDatabase();
        assertThat(reaches(other, network.databaseAddress(), port)).isEqualTo("connected");
    }

    private static String reaches(Network.Host from, String address, int port)
            throws IOException, InterruptedException {
        var command = new ArrayList<>(from.exec());
        command.addAll(List.of("timeout", "1", "bash", "-c", "exec 3<>/dev/tcp/" + address + "/" + port));
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var said = new String(process.getInputStream().readAllBytes());
        return switch (process.waitFor()) {
            case 0 -> "connected";
            case 124 -> "silence";
            default -> said.contains("refused") ? "refused" : said;
        };
    }
}

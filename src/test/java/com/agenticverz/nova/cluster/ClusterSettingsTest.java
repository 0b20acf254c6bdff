package com.agenticverz.nova.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.agenticverz.nova.setting.SettingException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClusterSettingsTest {

    @TempDir
    private static Path folder;

    private static TestAuthority authority;
    private static ClusterSettings.Tls node;

    @BeforeAll
    static void makeCertificates() throws Exception {
        authority = TestAuthority.in(folder.resolve("authority"));
        node = authority.node("node");
    }

    @Test
    void whereNothingIsSaidThereIsNoTls() {
        assertThat(ClusterSettings.Tls.of(null, null, null)).isNull();
    }

    @Test
    void tlsTakesAllThreeFiles() throws Exception {
        var certificate = node.certificateFile().toString();
        var key = node.keyFile().toString();
        var ca = node.caFile().toString();

        assertThat(ClusterSettings.Tls.of(certificate, key, ca)).isEqualTo(node);
        assertMissing("cluster.tls.certificate-file", null, key, ca);
        assertMissing("cluster.tls.key-file", certificate, null, ca);
        assertMissing("cluster.tls.ca-file", certificate, key, null);
    }

    /** Otherwise the node would find that out with its first connection, and then say for ever that it reaches nobody. */
    @Test
    void filesThatNoOtherNodeWouldAcceptAreRefused() throws Exception {
        var certificate = node.certificateFile().toString();
        var key = node.keyFile().toString();
        var ca = node.caFile().toString();
        var other = TestAuthority.in(folder.resolve("other")).ca().toString();
        var curve = authority.nodeWithEllipticCurve("curve");
        var old = authority.nodeOfLongAgo("old");
        var otherKey = old.keyFile().toString();
        var junk = Files.writeString(folder.resolve("junk"), "junk").toString();

        assertRefused("cluster.tls.certificate-file: '" + junk + "' has no certificate in it", junk, key, ca);
        assertRefused("cluster.tls.certificate-file: '" + key + "' has no certificate in it", key, key, ca);
        assertRefused("cluster.tls.ca-file: '" + junk + "' has no certificate in it", certificate, key, junk);
        assertRefused("cluster.tls.key-file: '" + junk + "' has no RSA key in it", certificate, junk, ca);
        assertRefused("cluster.tls.key-file: '" + certificate + "' has no RSA key", certificate, certificate, ca);
        assertRefused(
                "cluster.tls.key-file: '" + curve.keyFile() + "' has ",
                curve.certificateFile().toString(),
                curve.keyFile().toString(),
                ca);
        assertRefused(
                "cluster.tls.key-file: '" + otherKey + "' is not the key of " + certificate, certificate, otherKey, ca);
        assertRefused(
                "cluster.tls.certificate-file: '" + certificate + "' is not signed by " + other,
                certificate,
                key,
                other);
        assertRefused(
                "cluster.tls.certificate-file: '" + old.certificateFile() + "' is out of date: ",
                old.certificateFile().toString(),
                old.keyFile().toString(),
                ca);
    }

    private static void assertRefused(String line, String certificate, String privateKey, String ca) {
        assertThatThrownBy(() -> ClusterSettings.Tls.of(certificate, privateKey, ca))
                .isInstanceOf(SettingException.class)
                .message()
                .startsWith(line)
                .contains("; allowed: a file with the ")
                .endsWith(". Nova did not start.")
                .doesNotContain("\n");
    }

    private static void assertMissing(String key, String certificate, String privateKey, String ca) {
        assertThatThrownBy(() -> ClusterSettings.Tls.of(certificate, privateKey, ca))
                .isInstanceOf(SettingException.class)
                .hasMessage(key + " is not set; TLS between nodes needs a certificate, its key and a CA."
                        + " Nova did not start.");
    }

    @Test
    void aFileThatCannotBeReadIsNamed() throws Exception {
        var file = Files.writeString(folder.resolve("a.pem"), "").toString();
        var missing = folder.resolve("b.pem").toString();

        assertThatThrownBy(() -> ClusterSettings.Tls.of(file, missing, file))
                .hasMessage("cluster.tls.key-file: '" + missing + "' cannot be read; allowed: a file with the private"
                        + " key of this node in PEM. Nova did not start.");
        assertThatThrownBy(() -> ClusterSettings.Tls.of(folder.toString(), file, file))
                .hasMessageStartingWith("cluster.tls.certificate-file: '" + folder + "' cannot be read; ");
        assertThatThrownBy(() -> ClusterSettings.Tls.of(file, file, "a\0b"))
                .hasMessageStartingWith("cluster.tls.ca-file: 'a?b' cannot be read; ");
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 65_536})
    void portsAreInRange(int port) {
        assertThatThrownBy(() -> new ClusterSettings("", port, null, null, null))
                .hasMessage("cluster.port: '" + port + "' is out of range; allowed: 0 to 65535. Nova did not start.");
        assertThatThrownBy(() -> new ClusterSettings("", 0, null, port, null))
                .hasMessage(
                        "cluster.bind-port: '" + port + "' is out of range; allowed: 0 to 65535. Nova did not start.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://node", "user@node", "two nodes"})
    void aHostIsASingleName(String host) {
        assertThatThrownBy(() -> new ClusterSettings(host, 0, null, null, null))
                .hasMessageStartingWith("cluster.host: '" + host + "' is not a host; allowed: ");
        assertThatThrownBy(() -> new ClusterSettings("", 0, host, null, null))
                .hasMessage("cluster.bind-host: '" + host + "' is not a host; allowed: a name or an address of this"
                        + " host. Nova did not start.");
    }
}

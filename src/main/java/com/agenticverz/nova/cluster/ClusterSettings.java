package com.agenticverz.nova.cluster;

import com.agenticverz.nova.setting.Setting;
import com.agenticverz.nova.setting.SettingException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where the other nodes reach this one, and how it knows that they are nodes.
 *
 * @param host a name or an address that the other nodes can reach; blank: the address from which this host reaches the
 *     database
 * @param port 0: any free port
 * @param bindHost where it listens; null: at {@code host}
 * @param bindPort where it listens; null: at {@code port}
 * @param tls how nodes prove to each other who they are; null: they need not
 */
public record ClusterSettings(
        String host,
        int port,
        @Nullable String bindHost,
        @Nullable Integer bindPort,
        @Nullable Tls tls) {

    public static final Setting.Text HOST =
            new Setting.Text("cluster.host", "a name or an address that the other nodes reach");
    public static final Setting.WholeNumber PORT = new Setting.WholeNumber("cluster.port", 0, 65_535);
    public static final Setting.Text BIND_HOST =
            new Setting.Text("cluster.bind-host", "a name or an address of this host");
    public static final Setting.WholeNumber BIND_PORT = new Setting.WholeNumber("cluster.bind-port", 0, 65_535);
    public static final Setting.Text CERTIFICATE_FILE =
            new Setting.Text("cluster.tls.certificate-file", "a file with the certificate of this node in PEM");
    public static final Setting.Text KEY_FILE =
            new Setting.Text("cluster.tls.key-file", "a file with the private key of this node in PEM");
    public static final Setting.Text CA_FILE = new Setting.Text(
            "cluster.tls.ca-file", "a file with the certificate in PEM that signed those of all nodes");

    /**
     * Mutual TLS between the nodes. The files are read anew every few minutes.
     *
     * @param certificateFile that of this node, PEM
     * @param keyFile its private key, PEM
     * @param caFile the certificate that signed those of all nodes, PEM
     */
    public record Tls(Path certificateFile, Path keyFile, Path caFile) {

        /**
         * All three, or none.
         *
         * @return null when no file is named
         * @throws SettingException when some are missing, or no other node would accept them
         */
        public static @Nullable Tls of(
                @Nullable String certificateFile, @Nullable String keyFile, @Nullable String caFile) {
            if (certificateFile == null && keyFile == null && caFile == null) {
                return null;
            }
            var tls = new Tls(
                    readable(CERTIFICATE_FILE, certificateFile),
                    readable(KEY_FILE, keyFile),
                    readable(CA_FILE, caFile));
            KeyFiles.check(tls);
            return tls;
        }

        private static Path readable(Setting.Text setting, @Nullable String file) {
            if (file == null) {
                throw new SettingException(
                        setting.key(), null, "is not set; TLS between nodes needs a certificate, its key and a CA");
            }
            try {
                var path = Path.of(file);
                if (Files.isReadable(path) && !Files.isDirectory(path)) {
                    return path;
                }
            } catch (InvalidPathException noPath) {
                // Nor can it be read.
            }
            throw new SettingException(setting.key(), file, "cannot be read; allowed: " + setting.allowed());
        }
    }

    /** @throws SettingException when a port is out of bounds or a host is not a single name */
    public ClusterSettings {
        check(HOST, host);
        if (host.equals("0.0.0.0") || host.matches("\\[?::]?")) {
            throw new SettingException(
                    HOST.key(),
                    host,
                    "is no address that the other nodes could reach; allowed: " + HOST.allowed()
                            + "; set CLUSTER_BIND_HOST to where this node listens");
        }
        PORT.check(port);
        if (bindHost != null) {
            check(BIND_HOST, bindHost);
        }
        if (bindPort != null) {
            BIND_PORT.check(bindPort);
        }
    }

    private static void check(Setting.Text setting, String host) {
        if (!host.isEmpty() && !host.matches("[^\\s/@]+")) {
            throw new SettingException(setting.key(), host, "is not a host; allowed: " + setting.allowed());
        }
    }
}

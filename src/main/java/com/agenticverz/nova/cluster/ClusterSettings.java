package com.agenticverz.nova.cluster;

import com.agenticverz.nova.setting.Setting;
import com.agenticverz.nova.setting.SettingException;

/**
 * Where the other nodes reach this one.
 *
 * @param host a name or an address that the other nodes can reach; blank: this host's address
 * @param port 0: any free port
 */
public record ClusterSettings(String host, int port) {

    public static final Setting.Text HOST =
            new Setting.Text("cluster.host", "a name or an address that the other nodes reach");
    public static final Setting.WholeNumber PORT = new Setting.WholeNumber("cluster.port", 0, 65_535);

    /** @throws SettingException when the port is out of bounds or the host is not a single name */
    public ClusterSettings {
        if (!host.isEmpty() && !host.matches("[^\\s/@]+")) {
            throw new SettingException(HOST.key(), host, "is not a host; allowed: " + HOST.allowed());
        }
        PORT.check(port);
    }
}

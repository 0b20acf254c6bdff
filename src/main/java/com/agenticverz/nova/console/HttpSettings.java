package com.agenticverz.nova.console;

import com.agenticverz.nova.setting.Setting;
import com.agenticverz.nova.setting.SettingException;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * Where the console listens.
 *
 * @param host a name or an address of this host, an IPv6 address with or without brackets
 * @param port 0: any free port
 * @param apiToken what a caller of the API has to show; null: nothing, which only a loopback address allows
 */
public record HttpSettings(String host, int port, @Nullable String apiToken) {

    public static final Setting.Text HOST = new Setting.Text("http.host", "a name or an address of this host");
    public static final Setting.WholeNumber PORT = new Setting.WholeNumber("http.port", 0, 65_535);
    public static final Setting.Text API_TOKEN =
            new Setting.Text("http.api-token", "letters, digits and other visible ASCII characters");

    /**
     * @throws SettingException when a value is not allowed, or the console would be reachable from other hosts
     *     without a token
     */
    public HttpSettings {
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        }
        if (!host.matches("[^\\s/@\\[\\]]+")) {
            throw new SettingException(HOST.key(), host, "is not a host; allowed: " + HOST.allowed());
        }
        PORT.check(port);
        // A line break at the end of a secret's file would make a token that no HTTP header can carry.
        if (apiToken != null && !apiToken.matches("[\\x21-\\x7e]+")) {
            throw new SettingException(
                    API_TOKEN.key(),
                    null,
                    "has a blank or a character that no HTTP header carries; allowed: " + API_TOKEN.allowed());
        }
        if (apiToken == null && !isLoopback(host)) {
            throw new SettingException(
                    HOST.key(),
                    host,
                    "may be reached from other hosts, which needs a token; set NOVA_API_TOKEN, or listen on 127.0.0.1");
        }
    }

    /** Everything but the token. */
    @Override
    public String toString() {
        return "HttpSettings[host=" + host + ", port=" + port + ", apiToken=" + (apiToken == null ? "none" : "…") + "]";
    }

    /** Names are not resolved: what one points to may change, and {@code localhost} is the one that people use. */
    private static boolean isLoopback(String host) {
        try {
            return host.equals("localhost") || InetAddress.ofLiteral(host).isLoopbackAddress();
        } catch (IllegalArgumentException name) {
            return false;
        }
    }
}

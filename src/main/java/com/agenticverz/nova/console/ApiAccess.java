package com.agenticverz.nova.console;

import com.agenticverz.nova.store.Actor;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Who may call the API: whoever has the token. Where there is none the console listens on loopback only, and then whoever
 * is on this host may; but not the page of a stranger in a browser on this host, whether it says so ({@code Origin}) or has
 * given its own name to a loopback address ({@code Host}: DNS rebinding).
 *
 * @param token null: there is none
 */
record ApiAccess(@Nullable String token) {

    private static final Pattern BEARER = Pattern.compile("(?i:Bearer) +(\\S+)");
    private static final Pattern HOST = Pattern.compile("(?:\\[([0-9A-Fa-f:.]+)]|([^:\\[\\]]+))(?::[0-9]*)?");

    /** @throws Problem when the caller may not */
    void check(Context request) {
        if (token != null) {
            checkToken(token, request.header("Authorization"));
        } else {
            checkHost(request.header("Host"));
            checkOrigin(request.header("Origin"), request.header("Host"));
        }
    }

    /** Who calls, as the audit log names them. There is one token for all, so it is where the call comes from. */
    static Actor actor(Context request) {
        return new Actor("api " + request.ip());
    }

    private static void checkToken(String token, @Nullable String authorization) {
        var bearer = BEARER.matcher(authorization == null ? "" : authorization.strip());
        // Always as long, whatever the caller has found out of it.
        if (!bearer.matches() || !MessageDigest.isEqual(bytes(token), bytes(bearer.group(1)))) {
            throw new Problem(
                            HttpStatus.UNAUTHORIZED,
                            (authorization == null ? "there is no token" : "the token is not the right one")
                                    + "; send the header Authorization: Bearer with the value of NOVA_API_TOKEN")
                    .withHeader("WWW-Authenticate", "Bearer");
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void checkHost(@Nullable String host) {
        var parts = HOST.matcher(host == null ? "" : host);
        if (!parts.matches() || !isLoopback(parts.group(1) == null ? parts.group(2) : parts.group(1))) {
            throw new Problem(
                    HttpStatus.FORBIDDEN,
                    "without a token the API is called by a loopback address or localhost only;"
                            + " set NOVA_API_TOKEN to call it by another name");
        }
    }

    private static boolean isLoopback(String host) {
        try {
            return host.equalsIgnoreCase("localhost")
                    || InetAddress.ofLiteral(host).isLoopbackAddress();
        } catch (IllegalArgumentException name) {
            return false;
        }
    }

    private static void checkOrigin(@Nullable String origin, @Nullable String host) {
        if (origin != null && !origin.equalsIgnoreCase("http://" + host)) {
            throw new Problem(
                    HttpStatus.FORBIDDEN,
                    "without a token the API is not for pages of other origins; set NOVA_API_TOKEN");
        }
    }
}

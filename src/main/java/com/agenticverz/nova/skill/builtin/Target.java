package com.agenticverz.nova.skill.builtin;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Where a request goes.
 *
 * @param uri the URL in ASCII, without fragment
 * @param host a name, or a literal address without brackets; in lower case, without a dot at its end
 * @param port the one that is meant where the URL names none
 */
record Target(URI uri, String host, int port) {

    private static final int LONGEST_SHOWN = 200;

    /** What an IPv4 address looks like in its only form that everybody reads alike. */
    private static final Pattern DOTTED = Pattern.compile("(?:(?:0|[1-9]\\d{0,2})\\.){3}(?:0|[1-9]\\d{0,2})");

    private static final Pattern ENDS_IN_NUMBER = Pattern.compile("(?:.*\\.)?(?:\\d+|0[xX][0-9a-fA-F]*)");

    /**
     * Reads a URL.
     *
     * @throws IllegalArgumentException with what is wrong and what is allowed; it holds neither user, password nor query
     */
    static Target parse(String url) {
        URI uri;
        try {
            uri = new URI(new URI(url).toASCIIString());
        } catch (URISyntaxException e) {
            throw refused(url, "is not a URL (" + e.getReason() + ")", "http://… or https://…");
        }
        return of(uri, url);
    }

    /**
     * Where a redirect leads.
     *
     * @throws IllegalArgumentException as {@link #parse}
     */
    Target resolve(String location) {
        URI there;
        try {
            // java.net.URI resolves a query alone by an older rule, which drops the last part of the path.
            there = location.startsWith("?")
                    ? new URI(uri.toString().replaceFirst("\\?.*$", "") + new URI(location).toASCIIString())
                    : uri.resolve(new URI(new URI(location).toASCIIString()));
        } catch (URISyntaxException e) {
            throw refused(location, "is not a URL (" + e.getReason() + ")", "http://… or https://…");
        }
        return of(there, there.toString());
    }

    private static Target of(URI uri, String url) {
        var scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        if (!scheme.equals("http") && !scheme.equals("https") || uri.getRawAuthority() == null) {
            throw refused(url, "is not of that kind", "http://… or https://…");
        }
        var authority = uri.getRawAuthority();
        if (authority.contains("@")) {
            throw refused(url, "has a user or a password", "a URL without; they belong into the header Authorization");
        }
        var host = host(uri, authority, url);
        int port = uri.getPort() != -1 ? uri.getPort() : scheme.equals("https") ? 443 : 80;
        if (port < 1 || port > 65_535) {
            throw refused(url, "has the port " + port, "1 to 65535");
        }
        var path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        var query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
        var inUrl = host.contains(":") ? "[" + host + "]" : host;
        var portInUrl = uri.getPort() == -1 ? "" : ":" + port;
        return new Target(URI.create(scheme + "://" + inUrl + portInUrl + path + query), host, port);
    }

    private static String host(URI uri, String authority, String url) {
        // Of a host that it takes for none, java.net.URI only has the authority.
        var host = uri.getHost() != null ? uri.getHost() : authority.replaceFirst(":\\d*$", "");
        host = host.replaceFirst("\\.$", "").toLowerCase(Locale.ROOT);
        if (endsInNumber(host) && !DOTTED.matcher(host).matches()) {
            throw refused(
                    url,
                    "has the host '" + host + "', a number in place of an address",
                    "a.b.c.d in decimal, or a name");
        }
        if (uri.getHost() == null) {
            throw refused(url, "has no host that can be one", "letters, digits, hyphens and dots, or an address");
        }
        if (!host.startsWith("[")) {
            return host;
        }
        if (host.contains("%")) {
            throw refused(url, "has an address with a zone", "an address without");
        }
        return host.substring(1, host.length() - 1);
    }

    /**
     * Whether the last part is a number, so that the host is an address. Not everybody takes 127.1, 017700000001 or 0x7f.1
     * for one, or for the same one.
     */
    static boolean endsInNumber(String host) {
        return ENDS_IN_NUMBER.matcher(host).matches();
    }

    private static IllegalArgumentException refused(String url, String problem, String allowed) {
        // The password of a URL that cannot be read may have any character, and so an @ may end it anywhere.
        return new IllegalArgumentException(
                "'" + shown(url.replaceFirst("(?s)//.*@", "//")) + "' " + problem + "; allowed: " + allowed);
    }

    /** Without the query, which may be a secret. */
    private static String shown(String url) {
        return Text.cut(url.replaceFirst("(?s)[?#].*", "").replaceAll("\\p{Cntrl}", " "), LONGEST_SHOWN);
    }

    boolean secure() {
        return uri.getScheme().equals("https");
    }

    /** Whether what is meant for this one may be known to that one, too. */
    boolean sameOrigin(Target that) {
        return secure() == that.secure() && host.equals(that.host) && port == that.port;
    }

    /** For messages: scheme, host, port where one was given, and path. */
    @Override
    public String toString() {
        return shown(uri.toString());
    }
}

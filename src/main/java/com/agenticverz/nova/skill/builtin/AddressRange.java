package com.agenticverz.nova.skill.builtin;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/**
 * Addresses that begin with the same bits.
 *
 * @param first the lowest of them
 * @param prefix how many bits
 */
record AddressRange(InetAddress first, int prefix) {

    /** {@link InetAddress#ofLiteral} also takes fewer than four numbers for an IPv4 address. */
    private static final Pattern LITERAL = Pattern.compile("\\d{1,3}(?:\\.\\d{1,3}){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

    /** Whether a text is meant to be a range or an address rather than a name. */
    static boolean looksLikeOne(String text) {
        return text.contains("/") || text.contains(":") || LITERAL.matcher(text).matches();
    }

    /**
     * Reads {@code 10.1.0.0/16}, or an address, which is the range of just that.
     *
     * @throws IllegalArgumentException when it is neither
     */
    static AddressRange parse(String text) {
        int slash = text.indexOf('/');
        var literal = slash < 0 ? text : text.substring(0, slash);
        if (!LITERAL.matcher(literal).matches()) {
            throw new IllegalArgumentException("is not an address");
        }
        InetAddress first;
        try {
            first = InetAddress.ofLiteral(literal);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("is not an address", e);
        }
        int bits = first.getAddress().length * 8;
        int prefix = slash < 0 ? bits : prefix(text.substring(slash + 1), bits);
        var range = new AddressRange(first, prefix);
        if (!range.firstOfItself().equals(first)) {
            throw new IllegalArgumentException("has bits beyond its prefix");
        }
        return range;
    }

    private static int prefix(String text, int bits) {
        int prefix = text.matches("\\d{1,3}") ? Integer.parseInt(text) : -1;
        if (prefix < 0 || prefix > bits) {
            throw new IllegalArgumentException("has a prefix other than 0 to " + bits);
        }
        return prefix;
    }

    private InetAddress firstOfItself() {
        var bytes = first.getAddress();
        for (int bit = prefix; bit < bytes.length * 8; bit++) {
            bytes[bit / 8] &= (byte) ~(0x80 >> bit % 8);
        }
        return address(bytes);
    }

    boolean contains(InetAddress address) {
        var its = address.getAddress();
        var ours = first.getAddress();
        if (its.length != ours.length) {
            return false;
        }
        int whole = prefix / 8;
        for (int i = 0; i < whole; i++) {
            if (its[i] != ours[i]) {
                return false;
            }
        }
        int mask = 0xff00 >> prefix % 8 & 0xff;
        return mask == 0 || (its[whole] & mask) == (ours[whole] & mask);
    }

    /** The address with these bytes, of which there are 4 or 16. */
    static InetAddress address(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }
}

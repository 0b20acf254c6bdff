package com.agenticverz.nova.skill.builtin;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The keys of one secret of {@code webhook_send}: one, or while it is replaced the new and the old one. Signs as the
 * Standard Webhooks specification says, by each.
 */
final class SigningKeys {

    private static final String PREFIX = "whsec_";
    private static final int SHORTEST_BYTES = 24;
    private static final int LONGEST_BYTES = 64;
    private static final int MOST = 10;
    private static final String ALGORITHM = "HmacSHA256";
    private static final String ALLOWED = "; allowed: " + PREFIX + " and " + SHORTEST_BYTES + " to " + LONGEST_BYTES
            + " bytes in base64, or a list of 1 to " + MOST + " of these";

    private final List<SecretKeySpec> keys;

    private SigningKeys(List<SecretKeySpec> keys) {
        this.keys = keys;
    }

    /**
     * Reads a setting.
     *
     * @param at where it stands, for the message
     * @throws IllegalArgumentException when it is not valid; nothing of it is in the message
     */
    static SigningKeys parse(String at, Object value) {
        if (!(value instanceof List<?> list)) {
            return new SigningKeys(List.of(key(at, value)));
        }
        if (list.isEmpty() || list.size() > MOST) {
            throw new IllegalArgumentException(at + " is a list of " + list.size() + ALLOWED);
        }
        var keys = new ArrayList<SecretKeySpec>();
        for (var entry : list) {
            keys.add(key(at, entry));
        }
        return new SigningKeys(List.copyOf(keys));
    }

    private static SecretKeySpec key(String at, Object value) {
        if (!(value instanceof String text)) {
            throw new IllegalArgumentException(at + " is not text" + ALLOWED);
        }
        if (!text.startsWith(PREFIX)) {
            throw new IllegalArgumentException(at + " does not begin with " + PREFIX + ALLOWED);
        }
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(text.substring(PREFIX.length()));
        } catch (IllegalArgumentException e) {
            // Without its cause, which quotes a character of it.
            throw new IllegalArgumentException(at + " is not in base64" + ALLOWED);
        }
        if (bytes.length < SHORTEST_BYTES || bytes.length > LONGEST_BYTES) {
            throw new IllegalArgumentException(at + " has " + bytes.length + " bytes" + ALLOWED);
        }
        return new SecretKeySpec(bytes, ALGORITHM);
    }

    /**
     * The header {@code webhook-signature}.
     *
     * @param id of the message; without a dot
     * @param timestamp in seconds
     * @param body as it is sent
     */
    String signature(String id, long timestamp, String body) {
        var signed = (id + "." + timestamp + "." + body).getBytes(StandardCharsets.UTF_8);
        return keys.stream().map(key -> signature(key, signed)).collect(Collectors.joining(" "));
    }

    private static String signature(SecretKeySpec key, byte[] signed) {
        try {
            var mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            return "v1," + Base64.getEncoder().encodeToString(mac.doFinal(signed));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has " + ALGORITHM, e);
        }
    }
}

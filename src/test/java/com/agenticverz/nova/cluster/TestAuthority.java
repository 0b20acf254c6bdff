package com.agenticverz.nova.cluster;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.HexFormat;

/**
 * A CA for tests, which signs the certificates of nodes. Written by hand in DER: the JDK reads certificates but makes
 * none, and a process of its keytool for each takes seconds.
 */
public final class TestAuthority {

    private static final int SEQUENCE = 0x30;
    private static final int SET = 0x31;
    private static final int INTEGER = 0x02;
    private static final int BIT_STRING = 0x03;
    private static final int OCTET_STRING = 0x04;
    private static final int OBJECT = 0x06;
    private static final int TEXT = 0x0c;
    private static final int TIME = 0x18;
    private static final int VERSION = 0xa0;
    private static final int EXTENSIONS = 0xa3;

    private static final byte[] SHA256_WITH_RSA = der(SEQUENCE, der(OBJECT, hex("2a864886f70d01010b")), hex("0500"));
    private static final byte[] COMMON_NAME = der(OBJECT, hex("550403"));
    private static final byte[] IS_CA = der(
            EXTENSIONS,
            der(
                    SEQUENCE,
                    der(SEQUENCE, der(OBJECT, hex("551d13")), hex("0101ff"), der(OCTET_STRING, hex("30030101ff")))));

    private static final String NAME = "nova test CA";

    private final Path folder;
    private final KeyPair keys;
    private final Path ca;

    private TestAuthority(Path folder) throws IOException {
        this.folder = Files.createDirectories(folder);
        this.keys = keys("RSA", 2048);
        this.ca = write("ca.crt", "CERTIFICATE", certificate(NAME, keys, today(), IS_CA));
    }

    /** A new one, with its files in this folder. */
    public static TestAuthority in(Path folder) throws IOException {
        return new TestAuthority(folder);
    }

    /** Its own certificate. */
    Path ca() {
        return ca;
    }

    /** What a node with a certificate of this authority has. */
    public ClusterSettings.Tls node(String name) throws IOException {
        return node(name, keys("RSA", 2048), today());
    }

    /** The same with a key of a kind that Pekko does not read. */
    ClusterSettings.Tls nodeWithEllipticCurve(String name) throws IOException {
        return node(name, keys("EC", 256), today());
    }

    /** The same with a certificate whose time is over. */
    ClusterSettings.Tls nodeOfLongAgo(String name) throws IOException {
        return node(name, keys("RSA", 2048), LocalDate.of(2001, 1, 1));
    }

    private ClusterSettings.Tls node(String name, KeyPair its, LocalDate since) throws IOException {
        return new ClusterSettings.Tls(
                write(name + ".crt", "CERTIFICATE", certificate("nova", its, since, new byte[0])),
                write(name + ".key", "PRIVATE KEY", its.getPrivate().getEncoded()),
                ca);
    }

    private static LocalDate today() {
        return LocalDate.now().minusDays(2);
    }

    private static KeyPair keys(String algorithm, int bits) {
        try {
            var generator = KeyPairGenerator.getInstance(algorithm);
            generator.initialize(bits);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private byte[] certificate(String subject, KeyPair its, LocalDate since, byte[] extensions) {
        var content = der(
                SEQUENCE,
                der(VERSION, der(INTEGER, new byte[] {2})),
                der(INTEGER, BigInteger.valueOf(System.nanoTime()).toByteArray()),
                SHA256_WITH_RSA,
                name(NAME),
                der(SEQUENCE, time(since), time(since.plusDays(30))),
                name(subject),
                its.getPublic().getEncoded(),
                extensions);
        try {
            var signature = Signature.getInstance("SHA256withRSA");
            signature.initSign(keys.getPrivate());
            signature.update(content);
            return der(SEQUENCE, content, SHA256_WITH_RSA, der(BIT_STRING, new byte[1], signature.sign()));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] name(String commonName) {
        return der(
                SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(TEXT, commonName.getBytes(StandardCharsets.UTF_8)))));
    }

    private static byte[] time(LocalDate day) {
        return der(
                TIME, (day.format(DateTimeFormatter.BASIC_ISO_DATE) + "000000Z").getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] der(int tag, byte[]... parts) {
        var content = new ByteArrayOutputStream();
        for (var part : parts) {
            content.writeBytes(part);
        }
        var whole = new ByteArrayOutputStream();
        whole.write(tag);
        int length = content.size();
        if (length > 127) {
            var bytes = BigInteger.valueOf(length).toByteArray();
            int from = bytes[0] == 0 ? 1 : 0;
            whole.write(0x80 | bytes.length - from);
            whole.write(bytes, from, bytes.length - from);
        } else {
            whole.write(length);
        }
        whole.writeBytes(content.toByteArray());
        return whole.toByteArray();
    }

    private static byte[] hex(String hex) {
        return HexFormat.of().parseHex(hex);
    }

    private Path write(String name, String kind, byte[] content) throws IOException {
        var lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
        return Files.writeString(
                folder.resolve(name), "-----BEGIN " + kind + "-----\n" + lines + "\n-----END " + kind + "-----\n");
    }
}

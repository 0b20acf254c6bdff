package com.agenticverz.nova.cluster;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A CA for tests, which signs the certificates of nodes. */
public final class TestAuthority {

    private static final X500Name NAME = new X500Name("CN=nova test CA");
    private static final Duration VALID = Duration.ofDays(30);

    private final Path folder;
    private final KeyPair keys;
    private final Path ca;

    private TestAuthority(Path folder) throws IOException {
        this.folder = Files.createDirectories(folder);
        this.keys = keys("RSA", 2048);
        this.ca = write("ca.crt", "CERTIFICATE", certificate(NAME, keys, recently(), true));
    }

    /** A new one, with its files in this folder. */
    public static TestAuthority in(Path folder) throws IOException {
        return new TestAuthority(folder);
    }

    /** Its own certificate. */
    Path ca() {
        return ca;
    }

    /** What a node with a certificate of this authority has: NAME.crt, NAME.key, and ca.crt. */
    public ClusterSettings.Tls node(String name) throws IOException {
        return node(name, keys("RSA", 2048), recently());
    }

    /** The same with a key of a kind that Pekko does not read. */
    ClusterSettings.Tls nodeWithEllipticCurve(String name) throws IOException {
        return node(name, keys("EC", 256), recently());
    }

    /** The same with a certificate whose time is over. */
    ClusterSettings.Tls nodeOfLongAgo(String name) throws IOException {
        return node(name, keys("RSA", 2048), Instant.EPOCH);
    }

    private ClusterSettings.Tls node(String name, KeyPair its, Instant since) throws IOException {
        return new ClusterSettings.Tls(
                write(name + ".crt", "CERTIFICATE", certificate(new X500Name("CN=nova"), its, since, false)),
                write(name + ".key", "PRIVATE KEY", its.getPrivate().getEncoded()),
                ca);
    }

    private static Instant recently() {
        return Instant.now().minus(Duration.ofDays(2));
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

    private byte[] certificate(X500Name subject, KeyPair its, Instant since, boolean signsOthers) throws IOException {
        try {
            return new JcaX509v3CertificateBuilder(
                            NAME,
                            BigInteger.valueOf(System.nanoTime()),
                            Date.from(since),
                            Date.from(since.plus(VALID)),
                            subject,
                            its.getPublic())
                    .addExtension(Extension.basicConstraints, true, new BasicConstraints(signsOthers))
                    .build(new JcaContentSignerBuilder("SHA256withRSA").build(keys.getPrivate()))
                    .getEncoded();
        } catch (OperatorCreationException e) {
            throw new AssertionError(e);
        }
    }

    private Path write(String name, String kind, byte[] content) throws IOException {
        var lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
        return Files.writeString(
                folder.resolve(name), "-----BEGIN " + kind + "-----\n" + lines + "\n-----END " + kind + "-----\n");
    }
}

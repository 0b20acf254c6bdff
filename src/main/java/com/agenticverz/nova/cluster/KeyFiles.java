package com.agenticverz.nova.cluster;

import com.agenticverz.nova.setting.Setting;
import com.agenticverz.nova.setting.SettingException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAPrivateKey;
import java.security.interfaces.RSAPublicKey;
import org.apache.pekko.pki.pem.DERPrivateKeyLoader;
import org.apache.pekko.pki.pem.PEMDecoder;

/**
 * Looks into the files of TLS before a node starts. Pekko reads them with the first connection: a node with bad ones
 * would begin a cluster of its own, and then say for ever that it reaches nobody.
 */
final class KeyFiles {

    private KeyFiles() {}

    /** @throws SettingException when no other node would talk to one with these */
    static void check(ClusterSettings.Tls tls) {
        var certificate = certificate(ClusterSettings.CERTIFICATE_FILE, tls.certificateFile());
        var ca = certificate(ClusterSettings.CA_FILE, tls.caFile());
        var key = key(tls.keyFile());
        if (!(certificate.getPublicKey() instanceof RSAPublicKey its)
                || !its.getModulus().equals(key.getModulus())) {
            throw bad(ClusterSettings.KEY_FILE, tls.keyFile(), "is not the key of " + tls.certificateFile());
        }
        try {
            certificate.verify(ca.getPublicKey());
        } catch (GeneralSecurityException signedByAnother) {
            throw bad(ClusterSettings.CERTIFICATE_FILE, tls.certificateFile(), "is not signed by " + tls.caFile());
        }
    }

    private static X509Certificate certificate(Setting.Text setting, Path file) {
        try (var content = Files.newInputStream(file)) {
            var certificate =
                    (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(content);
            certificate.checkValidity();
            return certificate;
        } catch (CertificateNotYetValidException | CertificateExpiredException e) {
            throw bad(setting, file, "is out of date: " + e.getMessage());
        } catch (IOException | GeneralSecurityException notOne) {
            throw bad(setting, file, "has no certificate in it");
        }
    }

    private static RSAPrivateKey key(Path file) {
        try {
            return (RSAPrivateKey)
                    DERPrivateKeyLoader.load(PEMDecoder.decode(Files.readString(file, StandardCharsets.US_ASCII)));
        } catch (Exception notOne) { // Scala declares none of those that it throws
            throw bad(ClusterSettings.KEY_FILE, file, "has no RSA key in it, or one with a password");
        }
    }

    private static SettingException bad(Setting.Text setting, Path file, String fault) {
        return new SettingException(setting.key(), file.toString(), fault + "; allowed: " + setting.allowed());
    }
}

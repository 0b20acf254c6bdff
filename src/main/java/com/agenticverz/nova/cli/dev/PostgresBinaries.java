package com.agenticverz.nova.cli.dev;

import com.agenticverz.nova.node.StartFailure;
import io.zonky.test.db.postgres.embedded.DefaultPostgresBinaryResolver;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.Locale;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/** The PostgreSQL programs that come with Nova for this kind of machine, unpacked once into a folder. */
final class PostgresBinaries {

    private PostgresBinaries() {}

    /**
     * Unpacks them unless that has been done.
     *
     * @param parent where the folder goes; its name holds a digest of the archive, so another version gets its own
     * @return the folder that holds {@code bin}
     * @throws StartFailure when there are none for this machine
     */
    static Path unpack(Path parent) throws IOException {
        var home = parent.resolve("postgresql-" + digest());
        if (!Files.isDirectory(home)) {
            // Unpacked aside and then moved, so that a folder with the right name is complete.
            var unfinished = Files.createTempDirectory(parent, "postgresql-unpacking-");
            try (var archive = archive();
                    var tar = new TarArchiveInputStream(new XZInputStream(archive))) {
                for (var entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                    unpack(tar, entry, unfinished);
                }
            }
            Files.move(unfinished, home, StandardCopyOption.ATOMIC_MOVE);
        }
        removeUnfinished(parent);
        return home;
    }

    private static void unpack(TarArchiveInputStream tar, TarArchiveEntry entry, Path home) throws IOException {
        var target = home.resolve(entry.getName()).normalize();
        if (!target.startsWith(home)) {
            throw new IOException("the archive of PostgreSQL has an entry outside it: " + entry.getName());
        }
        if (entry.isDirectory()) {
            Files.createDirectories(target);
            return;
        }
        Files.createDirectories(target.getParent());
        if (entry.isSymbolicLink()) {
            Files.createSymbolicLink(target, Path.of(entry.getLinkName()));
        } else if (entry.isLink()) {
            Files.copy(home.resolve(entry.getLinkName()), target);
        } else {
            Files.copy(tar, target);
            if ((entry.getMode() & 0100) != 0 && Files.getFileStore(target).supportsFileAttributeView("posix")) {
                Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rwxr-xr-x"));
            }
        }
    }

    private static String digest() throws IOException {
        try (var archive = new DigestInputStream(archive(), MessageDigest.getInstance("SHA-256"))) {
            archive.transferTo(OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(archive.getMessageDigest().digest()).substring(0, 12);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static InputStream archive() throws IOException {
        var system = system();
        var architecture = System.getProperty("os.arch").equals("amd64") ? "x86_64" : System.getProperty("os.arch");
        try {
            return DefaultPostgresBinaryResolver.INSTANCE.getPgBinary(system, architecture);
        } catch (IllegalStateException e) {
            throw new StartFailure(
                    "no PostgreSQL comes with Nova for " + system + " on " + architecture
                            + ". Start one yourself and use the worker command with its DATABASE_URL.",
                    e);
        }
    }

    private static String system() {
        var name = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        if (name.startsWith("windows")) {
            return "Windows";
        }
        return name.startsWith("mac") ? "Darwin" : "Linux";
    }

    /** What a process left that was killed while it unpacked. */
    private static void removeUnfinished(Path parent) throws IOException {
        try (var folders = Files.newDirectoryStream(parent, "postgresql-unpacking-*")) {
            for (var folder : folders) {
                remove(folder);
            }
        }
    }

    /** Removes a folder and all that is in it; nothing happens when it is not there. */
    static void remove(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (var files = Files.walk(folder)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}

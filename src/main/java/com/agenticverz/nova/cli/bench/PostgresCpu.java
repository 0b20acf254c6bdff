package com.agenticverz.nova.cli.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The CPU that a PostgreSQL server on this host has used: of all its processes, those that have ended too. */
final class PostgresCpu {

    private static final Path PROC = Path.of("/proc");
    private static final String PROGRAM = "postgres";

    private final Path proc;
    private final long postmaster;

    private PostgresCpu(Path proc, long postmaster) {
        this.proc = proc;
        this.postmaster = postmaster;
    }

    /**
     * Finds the server by one of its sessions.
     *
     * @param host where the server is
     * @param backend the process of the session, as the server numbers it
     * @return empty where the server is on another host or in a container, or where this is not Linux
     */
    static Optional<PostgresCpu> find(String host, long backend) {
        return isHere(host) ? find(PROC, backend) : Optional.empty();
    }

    static Optional<PostgresCpu> find(Path proc, long backend) {
        // The number may be another process's here: that of a container has numbers of its own.
        return read(proc, Long.toString(backend))
                .filter(PostgresCpu::isPostgres)
                .map(ProcStat::parent)
                .filter(parent -> read(proc, Long.toString(parent))
                        .filter(PostgresCpu::isPostgres)
                        .isPresent())
                .map(parent -> new PostgresCpu(proc, parent));
    }

    private static boolean isPostgres(ProcStat process) {
        return process.program().startsWith(PROGRAM);
    }

    private static boolean isHere(String host) {
        try {
            var address = InetAddress.getByName(host);
            return address.isLoopbackAddress() || NetworkInterface.getByInetAddress(address) != null;
        } catch (IOException e) {
            return false;
        }
    }

    /** So far, in microseconds; null: it cannot be read. */
    @Nullable
    Long micros() {
        long ticks = 0;
        try (var processes = Files.newDirectoryStream(proc, "[0-9]*")) {
            for (var process : processes) {
                var stat = read(proc, process.getFileName().toString()).orElse(null);
                if (stat != null && stat.parent() == postmaster) {
                    ticks += stat.ownTicks() + stat.reapedTicks();
                }
            }
        } catch (IOException e) {
            return null;
        }
        var server = read(proc, Long.toString(postmaster)).orElse(null);
        return server == null ? null : (ticks + server.ownTicks() + server.reapedTicks()) * ProcStat.MICROS_PER_TICK;
    }

    private static Optional<ProcStat> read(Path proc, String process) {
        try {
            return ProcStat.parse(Files.readString(proc.resolve(process).resolve("stat")));
        } catch (IOException e) {
            // It has ended, or this is not Linux.
            return Optional.empty();
        }
    }
}

package com.agenticverz.nova.bench.driver;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** What a contestant and PostgreSQL use up between two readings. */
final class Meters {

    /**
     * What the meters say at one moment; empty where a process is on another host, or this is no Linux.
     *
     * @param walBytes all that was ever written
     */
    record Reading(OptionalDouble workerCpu, OptionalDouble postgresCpu, OptionalDouble memory, long walBytes) {

        /** Puts into the fields of a drain what was used since an earlier reading. */
        void since(Reading earlier, int jobs, ObjectNode fields) {
            put(fields, "worker_cpu_us_per_job", microseconds(earlier.workerCpu, workerCpu, jobs));
            put(fields, "postgres_cpu_us_per_job", microseconds(earlier.postgresCpu, postgresCpu, jobs));
            put(fields, "memory_mb", memory);
            fields.put("wal_bytes_per_job", (double) (walBytes - earlier.walBytes) / jobs);
        }

        private static OptionalDouble microseconds(OptionalDouble from, OptionalDouble to, int jobs) {
            return from.isPresent() && to.isPresent()
                    ? OptionalDouble.of((to.getAsDouble() - from.getAsDouble()) * 1e6 / jobs)
                    : OptionalDouble.empty();
        }

        private static void put(ObjectNode fields, String name, OptionalDouble value) {
            if (value.isPresent()) {
                fields.put(name, value.getAsDouble());
            }
        }
    }

    private final BenchDatabase database;
    private final long worker;
    private final OptionalLong postmaster;

    Meters(BenchDatabase database, long worker) {
        this.database = database;
        this.worker = worker;
        // A server elsewhere has process numbers that mean something else here.
        this.postmaster = Processes.parent(database.number("SELECT pg_backend_pid()"), "postgres");
    }

    Reading read() {
        return new Reading(
                Processes.cpuSeconds(worker),
                postmaster.isPresent() ? Processes.cpuSecondsOfFamily(postmaster.getAsLong()) : OptionalDouble.empty(),
                Processes.residentMegabytes(worker),
                database.number("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn"));
    }
}

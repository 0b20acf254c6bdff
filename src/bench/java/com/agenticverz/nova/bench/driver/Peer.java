package com.agenticverz.nova.bench.driver;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** A job queue that is not Nova, in a process of its own. */
final class Peer implements Contestant {

    private static final int LATENCY_INTERVAL_MILLIS = 20;
    private static final int LATENCY_DISCARDED = 500;

    private static final ObjectMapper JSON = new ObjectMapper();

    private final String name;
    private final Set<Figure> figures;
    private final List<String> command;
    private final Path log;

    /**
     * Takes part from now on.
     *
     * @param command starts its process
     * @param log where what it says besides goes
     */
    Peer(String name, Set<Figure> figures, List<String> command, Path log) {
        this.name = name;
        this.figures = figures;
        this.command = command;
        this.log = log;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Set<Figure> figures() {
        return figures;
    }

    @Override
    public ObjectNode measure(Figure figure, Sizes sizes, Server server) {
        if (figure != Figure.PINNED) {
            return measure(server, sizes, session -> session.measure(figure));
        }
        var fields = measure(server, sizes, session -> session.pinned(sizes.of(figure), false));
        fields.setAll(measure(server, sizes, session -> session.pinned(sizes.of(figure), true)));
        return fields;
    }

    private ObjectNode measure(Server server, Sizes sizes, Function<Session, ObjectNode> what) {
        try (var database = server.createDatabase(name);
                var peer = new Conversation(name, command, database.url(), log, sizes.limit())) {
            return what.apply(new Session(sizes, database, peer));
        }
    }

    /** One process on one database. */
    private final class Session {

        private final Sizes sizes;
        private final BenchDatabase database;
        private final Conversation peer;
        private final Meters meters;
        private final String unfinished;
        private final ObjectNode fields = JSON.createObjectNode();

        Session(Sizes sizes, BenchDatabase database, Conversation peer) {
            this.sizes = sizes;
            this.database = database;
            this.peer = peer;
            this.meters = new Meters(database, peer.pid());
            var about = peer.ask("setup");
            this.unfinished = about.path("unfinished").asText();
            fields.set("version", about.path("version"));
            fields.set("settings", about.path("settings"));
        }

        ObjectNode measure(Figure figure) {
            int jobs = sizes.of(figure);
            switch (figure) {
                case DRAIN -> drain(jobs);
                case LATENCY -> latency(jobs);
                case ENQUEUE -> enqueue(jobs);
                case BACKLOG -> backlog(jobs);
                case PINNED, CEILING, START -> throw new IllegalArgumentException("not like this: " + figure);
            }
            return fields;
        }

        private void drain(int jobs) {
            start();
            fill(jobs, jobs);
            var before = meters.read();
            var drained = drainFilled(jobs);
            meters.read().since(before, jobs, fields);
            fields.put("rate", drained.rate());
            fields.put("first_handler_s", drained.secondsToFirst());
            peer.ask("stop");
        }

        private void latency(int samples) {
            start();
            var order = order("latency", "samples", samples)
                    .put("discard", LATENCY_DISCARDED)
                    .put("interval_ms", LATENCY_INTERVAL_MILLIS);
            var answer = peer.ask(order);
            database.awaitNone(unfinished, sizes.limit());
            checkCount(samples + LATENCY_DISCARDED);
            percentiles("call_to_start", answer.path("call_to_start_ms"));
            percentiles("enqueue", answer.path("enqueue_ms"));
            peer.ask("stop");
        }

        private void percentiles(String what, JsonNode milliseconds) {
            var values = new double[milliseconds.size()];
            Arrays.setAll(values, i -> milliseconds.get(i).asDouble());
            Arrays.sort(values);
            var percentiles = fields.putObject(what);
            for (int percent : new int[] {50, 95, 99}) {
                // the nearest rank, as Nova's own bench has it
                percentiles.put("p" + percent, values[Math.ceilDiv(values.length * percent, 100) - 1]);
            }
        }

        private void enqueue(int jobs) {
            peer.ask(order("enqueue", "jobs", sizes.warmUp()));
            var answer = peer.ask(order("enqueue", "jobs", jobs));
            long queued = database.rows(unfinished);
            if (queued != (long) sizes.warmUp() + jobs) {
                throw new BenchFailure(
                        name + " enqueued " + (sizes.warmUp() + jobs) + " jobs, but " + queued + " are in the queue");
            }
            fields.put("rate", jobs / answer.path("seconds").asDouble());
            peer.ask("stop");
        }

        private void backlog(int jobs) {
            start();
            int part = sizes.drainedOfBacklog();
            fields.put("small", drainInPortions(part, sizes.smallBacklog()).rate());
            fill(jobs, part);
            long released = release();
            var handled = peer.awaitHandled();
            long begin = Math.min(released, handled.path("first_ns").asLong());
            fields.put("large", part / seconds(begin, handled.path("last_ns").asLong()));
            checkRest(jobs);
        }

        /** The rest of a backlog is not drained, but it has to be there once the peer has stopped in order. */
        private void checkRest(int jobs) {
            long count = peer.ask("stop").path("count").asLong();
            long left = database.rows(unfinished);
            if (count + left != jobs) {
                throw new BenchFailure(name + " handled " + count + " of " + jobs + " jobs and left " + left);
            }
        }

        /** Portion after portion, without or with an old snapshot that another session holds all the while. */
        ObjectNode pinned(int jobs, boolean pinned) {
            start();
            if (pinned) {
                try (var _ = database.holdSnapshot()) {
                    put("pinned", drainInPortions(jobs, sizes.portion()));
                }
            } else {
                put("unpinned", drainInPortions(jobs, sizes.portion()));
            }
            peer.ask("stop");
            return fields;
        }

        private void put(String what, Drains drains) {
            var object = fields.putObject(what).put("total", drains.rate());
            var portions = object.putArray("portions");
            drains.all().forEach(drained -> portions.add(drained.rate()));
        }

        // --- the steps

        /** Starts to execute, and warms the process up. */
        private void start() {
            peer.ask("work");
            drainInPortions(sizes.warmUp(), sizes.warmUp());
        }

        /**
         * Adds jobs that nobody sees yet.
         *
         * @param until the peer says so when that many have been handled
         */
        private void fill(int jobs, int until) {
            peer.ask(order("fill", "jobs", jobs).put("until", until));
        }

        private long release() {
            return peer.ask("release").path("released_ns").asLong();
        }

        private Drains drainInPortions(int jobs, int portion) {
            var drains = new ArrayList<Drained>();
            for (int left = jobs; left > 0; left -= portion) {
                int filled = Math.min(left, portion);
                fill(filled, filled);
                drains.add(drainFilled(filled));
            }
            return new Drains(drains);
        }

        /** From the moment at which the workers can have the jobs to the one at which the last is written as done. */
        private Drained drainFilled(int jobs) {
            long released = release();
            var handled = peer.awaitHandled();
            long end = database.awaitNone(unfinished, sizes.limit());
            checkCount(jobs);
            return new Drained(jobs, released, handled.path("first_ns").asLong(), end);
        }

        private void checkCount(int jobs) {
            long count = peer.ask("count").path("count").asLong();
            if (count != jobs) {
                throw new BenchFailure(name + " called " + count + " handlers for " + jobs + " jobs");
            }
        }
    }

    /**
     * A drain. All processes of a machine read the same clock.
     *
     * @param released when the answer of the commit was there; a worker may be quicker than that
     */
    private record Drained(int jobs, long released, long first, long end) {
        private long begin() {
            return Math.min(released, first);
        }

        double seconds() {
            return Peer.seconds(begin(), end);
        }

        double rate() {
            return jobs / seconds();
        }

        double secondsToFirst() {
            return Peer.seconds(begin(), first);
        }
    }

    /** Drains one after the other; the time between them does not count. */
    private record Drains(List<Drained> all) {
        double rate() {
            return all.stream().mapToInt(Drained::jobs).sum()
                    / all.stream().mapToDouble(Drained::seconds).sum();
        }
    }

    private static double seconds(long from, long to) {
        return (to - from) / 1e9;
    }

    private static ObjectNode order(String command, String name, int value) {
        return JSON.createObjectNode().put("command", command).put(name, value);
    }
}

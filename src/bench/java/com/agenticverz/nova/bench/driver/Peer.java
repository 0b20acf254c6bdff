package com.agenticverz.nova.bench.driver;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** A job queue that is not Nova, in a process of its own. */
final class Peer implements Contestant {

    /** Drains of few jobs last so short that one says little. */
    private static final int SMALL_DRAINS = 5;

    private static final int LATENCY_INTERVAL_MILLIS = 20;
    private static final int LATENCY_DISCARDED = 100;
    private static final int PORTIONS = 10;

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
                var session = new Session(sizes, database)) {
            return what.apply(session);
        }
    }

    /** One process on one database. */
    private final class Session implements AutoCloseable {

        private final Sizes sizes;
        private final BenchDatabase database;
        private final Conversation peer;
        private final Meters meters;
        private final JsonNode about;
        private final String unfinished;
        private final ObjectNode fields = JSON.createObjectNode();

        Session(Sizes sizes, BenchDatabase database) {
            this.sizes = sizes;
            this.database = database;
            this.peer = new Conversation(name, command, database.url(), log, sizes.limit());
            this.meters = new Meters(database, peer.pid());
            this.about = peer.ask("setup");
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
            fill(jobs, jobs, jobs);
            var before = meters.read();
            var drained = drainWhatWasFilled(jobs);
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
            double seconds = 0;
            int small = Math.min(Sizes.SMALL_BACKLOG, jobs);
            for (int i = 0; i < SMALL_DRAINS; i++) {
                fill(small, small, small);
                seconds += drainWhatWasFilled(small).seconds();
            }
            fields.put("small", SMALL_DRAINS * small / seconds);

            int part = Math.min(Sizes.DRAINED_OF_BACKLOG, jobs);
            fill(jobs, part, part);
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

        /** All of it, portion by portion, without or with an old snapshot that another session holds meanwhile. */
        ObjectNode pinned(int jobs, boolean pinned) {
            start();
            fill(jobs, jobs, Math.max(1, jobs / PORTIONS));
            if (pinned) {
                try (var _ = database.holdSnapshot()) {
                    put("pinned", drainWhatWasFilled(jobs));
                }
            } else {
                put("unpinned", drainWhatWasFilled(jobs));
            }
            peer.ask("stop");
            return fields;
        }

        private void put(String what, Drained drained) {
            var object = fields.putObject(what);
            object.put("total", drained.rate());
            var portions = object.putArray("portions");
            long from = drained.begin();
            int portion = Math.max(1, drained.jobs() / PORTIONS);
            for (long to : drained.marks()) {
                portions.add(portion / seconds(from, to));
                from = to;
            }
        }

        // --- the steps

        /** Starts to execute, and warms the process up. */
        private void start() {
            peer.ask("work");
            int jobs = sizes.warmUp();
            fill(jobs, jobs, jobs);
            drainWhatWasFilled(jobs);
        }

        private void fill(int jobs, int until, int portion) {
            peer.ask(order("fill", "jobs", jobs).put("until", until).put("portion", portion));
        }

        private long release() {
            return peer.ask("release").path("released_ns").asLong();
        }

        /** From the moment at which the workers can have the jobs to the one at which the last is written as done. */
        private Drained drainWhatWasFilled(int jobs) {
            long released = release();
            var handled = peer.awaitHandled();
            long end = database.awaitNone(unfinished, sizes.limit());
            checkCount(jobs);
            var marks = new long[handled.path("marks_ns").size()];
            Arrays.setAll(marks, i -> handled.path("marks_ns").get(i).asLong());
            return new Drained(jobs, released, handled.path("first_ns").asLong(), end, marks);
        }

        private void checkCount(int jobs) {
            long count = peer.ask("count").path("count").asLong();
            if (count != jobs) {
                throw new BenchFailure(name + " called " + count + " handlers for " + jobs + " jobs");
            }
        }

        @Override
        public void close() {
            peer.close();
        }
    }

    /**
     * A drain. All processes of a machine read the same clock.
     *
     * @param released when the answer of the commit was there; a worker may be quicker than that
     */
    private record Drained(int jobs, long released, long first, long end, long[] marks) {
        long begin() {
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

    private static double seconds(long from, long to) {
        return (to - from) / 1e9;
    }

    private static ObjectNode order(String command, String name, int value) {
        return JSON.createObjectNode().put("command", command).put(name, value);
    }
}

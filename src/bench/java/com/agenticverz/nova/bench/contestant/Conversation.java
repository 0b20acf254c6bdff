package com.agenticverz.nova.bench.contestant;

import com.agenticverz.nova.telemetry.Logging;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * A contestant's side of the conversation with the driver: it does what a line of JSON on stdin says and answers with
 * one on stdout. The driver reads its meters between two commands, so nothing happens that they do not see.
 */
final class Conversation {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Contestant contestant;
    private final Counter counter = new Counter();
    private final PrintStream out;

    private Conversation(Contestant contestant, PrintStream out) {
        this.contestant = contestant;
        this.out = out;
    }

    /** Serves the driver until it has said stop, and ends the process. */
    static void serve(Contestant contestant) {
        Logging.quiet();
        var conversation = new Conversation(contestant, System.out);
        // What a library prints is no answer.
        System.setOut(System.err);
        int exitCode;
        try {
            exitCode = conversation.run();
        } catch (Exception e) {
            e.printStackTrace();
            conversation.say(JSON.createObjectNode()
                    .put("error", e.toString().lines().findFirst().orElse("")));
            exitCode = 1;
        }
        System.exit(exitCode);
    }

    private int run() throws Exception {
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (var line = in.readLine(); line != null; line = in.readLine()) {
            var order = JSON.readTree(line);
            var command = order.path("command").asText();
            say(execute(command, order).put("answer", command));
            if (command.equals("stop")) {
                return 0;
            }
        }
        return 1; // the driver is gone
    }

    private ObjectNode execute(String command, JsonNode order) throws Exception {
        var answer = JSON.createObjectNode();
        switch (command) {
            case "setup" -> answer.setAll(JSON.<ObjectNode>valueToTree(contestant.setup()));
            case "work" -> contestant.work(counter::hit);
            case "fill" -> {
                counter.expect(order.path("until").asInt())
                        .thenAccept(summary ->
                                say(JSON.<ObjectNode>valueToTree(summary).put("event", "handled")));
                contestant.fill(order.path("jobs").asInt());
            }
            case "release" -> {
                contestant.release();
                answer.put("released_ns", System.nanoTime());
            }
            case "count" -> answer.put("count", counter.count());
            case "latency" -> latency(order, answer);
            case "enqueue" -> {
                long begin = System.nanoTime();
                contestant.enqueue(order.path("jobs").asInt());
                answer.put("seconds", (System.nanoTime() - begin) / 1e9);
            }
            case "stop" -> {
                contestant.stop();
                answer.put("count", counter.count());
            }
            default -> throw new IllegalArgumentException("no such command: " + command);
        }
        return answer;
    }

    /** One job at a time, at a steady pace; the first ones are not counted. */
    private void latency(JsonNode order, ObjectNode answer) throws Exception {
        int discard = order.path("discard").asInt();
        int total = order.path("samples").asInt() + discard;
        long interval = TimeUnit.MILLISECONDS.toNanos(order.path("interval_ms").asLong());
        var called = new long[total];
        var returned = new long[total];
        var started = new long[total];
        var done = counter.expect(total, started);
        long begin = System.nanoTime();
        for (int id = 0; id < total; id++) {
            TimeUnit.NANOSECONDS.sleep(begin + id * interval - System.nanoTime());
            called[id] = System.nanoTime();
            contestant.enqueueOne(id);
            returned[id] = System.nanoTime();
        }
        done.get();
        var callToStart = answer.putArray("call_to_start_ms");
        var enqueue = answer.putArray("enqueue_ms");
        for (int id = discard; id < total; id++) {
            callToStart.add((started[id] - called[id]) / 1e6);
            enqueue.add((returned[id] - called[id]) / 1e6);
        }
    }

    private synchronized void say(ObjectNode line) {
        out.println(line);
        out.flush();
    }
}

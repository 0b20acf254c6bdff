package com.agenticverz.nova.bench.driver;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** All that was measured. It is on disk after each measurement, so that a run which is stopped leaves what it had. */
final class Results {

    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    /**
     * One measurement.
     *
     * @param fields null: it failed
     * @param failure null: it did not
     */
    record Result(
            int round,
            Figure figure,
            String contestant,
            @Nullable ObjectNode fields,
            @Nullable String failure) {}

    private final Path file;
    private final ObjectNode environment;
    private final List<Result> results = new ArrayList<>();

    /**
     * None yet.
     *
     * @param environment where and when it is measured
     */
    Results(Path file, ObjectNode environment) {
        this.file = file;
        this.environment = environment;
    }

    ObjectNode environment() {
        return environment;
    }

    void add(Result result) {
        results.add(result);
        write();
    }

    List<Result> failures() {
        return results.stream().filter(result -> result.failure() != null).toList();
    }

    List<Result> of(Figure figure, String contestant) {
        return results.stream()
                .filter(result ->
                        result.figure() == figure && result.contestant().equals(contestant))
                .toList();
    }

    /** What a contestant says of itself in a field of any figure. */
    Optional<String> said(String contestant, String field) {
        return results.stream()
                .filter(result -> result.contestant().equals(contestant) && result.fields() != null)
                .map(result -> result.fields() == null
                        ? ""
                        : result.fields().path(field).asText())
                .filter(text -> !text.isEmpty() && !text.equals("null"))
                .findFirst();
    }

    private void write() {
        var all = JSON.createObjectNode();
        all.set("environment", environment);
        var measured = all.putArray("results");
        for (var result : results) {
            var one = measured.addObject()
                    .put("round", result.round())
                    .put("figure", result.figure().label())
                    .put("contestant", result.contestant());
            if (result.failure() != null) {
                one.put("failure", result.failure());
            }
            if (result.fields() != null) {
                one.setAll(result.fields());
            }
        }
        try {
            Files.writeString(file, JSON.writeValueAsString(all) + "\n");
        } catch (IOException e) {
            throw new BenchFailure(file + " cannot be written: " + e.getMessage(), e);
        }
    }
}

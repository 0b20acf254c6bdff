package com.agenticverz.nova.cli.bench;

import com.agenticverz.nova.node.Node;
import com.agenticverz.nova.node.Settings;
import com.agenticverz.nova.node.StartFailure;
import com.agenticverz.nova.skill.Skill;
import com.agenticverz.nova.skill.SkillRegistry;
import com.agenticverz.nova.skill.builtin.NoopSkill;
import com.agenticverz.nova.telemetry.Logging;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A node in this process, on the schema of a bench, and how far it has come.
 *
 * <p>It logs as in production, into a temporary file. The file goes with the node, unless the node has failed.
 */
final class NodeUnderTest implements AutoCloseable {

    /** A node that settles nothing for so long will not settle any more. */
    private static final Duration NO_PROGRESS = Duration.ofSeconds(60);

    private final Node node;
    private final Path log;
    private long expected;
    private boolean failed;

    private NodeUnderTest(Node node, Path log) {
        this.node = node;
        this.log = log;
    }

    /**
     * Starts one that knows {@code noop} and further skills.
     *
     * @param settings for the schema of the bench
     */
    static NodeUnderTest start(Settings settings, List<Skill> further) {
        var skills = new ArrayList<Skill>(further);
        skills.add(new NoopSkill());
        try {
            var log = Files.createTempFile("nova-bench-", ".log");
            Logging.toFile(log, settings.log().format());
            try {
                return new NodeUnderTest(Node.start(settings, SkillRegistry.of(skills, Map.of())), log);
            } catch (RuntimeException e) {
                // It says why.
                Files.deleteIfExists(log);
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs that it has settled so far. */
    long settled() {
        return node.runsEnded();
    }

    /**
     * Returns when it has settled so many further runs.
     *
     * @throws StartFailure when it settles none for a minute
     */
    void awaitSettled(long further) {
        expected += further;
        long settled = node.runsEnded();
        long sinceNanos = System.nanoTime();
        while (settled < expected) {
            Pace.moment();
            long now = node.runsEnded();
            if (now != settled) {
                settled = now;
                sinceNanos = System.nanoTime();
            } else if (System.nanoTime() - sinceNanos > NO_PROGRESS.toNanos()) {
                failed = true;
                throw new StartFailure("the node has settled nothing for " + NO_PROGRESS.toSeconds() + " s, and "
                        + (expected - settled) + " runs are left: no figure. Its log: " + log);
            }
        }
    }

    /** Drains, leaves its cluster of one, and ends. */
    @Override
    public void close() {
        node.drainAndEnd(true);
        try {
            node.awaitEnd();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            // It has ended, one way or the other.
        }
        Logging.quiet();
        try {
            if (!failed) {
                Files.deleteIfExists(log);
            }
        } catch (IOException e) {
            // A temporary file is left.
        }
    }
}

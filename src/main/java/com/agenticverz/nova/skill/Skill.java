package com.agenticverz.nova.skill;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Something a step can do. Implement it, name the class in
 * {@code META-INF/services/com.agenticverz.nova.skill.Skill}, and put the jar into the directory {@code skills}, or on
 * Nova's class path.
 *
 * <p>One instance serves every run of a node, many at a time, each on a virtual thread: blocking is fine, fields
 * that change are not. A thread may execute several short runs one after the other, so what a skill leaves in a
 * {@code ThreadLocal} the next one finds. A run is executed at least once, so what a skill does to the outside should be harmless
 * when done again; {@link SkillContext#idempotencyKey()} is made for that.
 */
public interface Skill {

    /** What plans call it: lower case letters, digits and underscores. Unique in a node. */
    String name();

    /** What it does, on one line: for {@code nova skills}. */
    default String description() {
        return "";
    }

    /**
     * The JSON Schema (2020-12) of its params, for {@code nova skills}: the resource {@code <name>.params.json} beside the
     * class. Null: it has none.
     */
    default @Nullable String paramsSchema() {
        try (var resource = getClass().getResourceAsStream(name() + ".params.json")) {
            return resource == null ? null : new String(resource.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Takes the settings under {@code nova.skills.<name>}, once, before the node starts.
     *
     * @param settings empty where there are none
     * @throws IllegalArgumentException when they are not valid; its message is shown and the node does not start
     */
    default void configure(Map<String, Object> settings) {
        if (!settings.isEmpty()) {
            throw new IllegalArgumentException("takes no settings, but got " + String.join(", ", settings.keySet()));
        }
    }

    /**
     * Does it.
     *
     * @param params of the step: JSON values, so {@code Map}, {@code List}, {@code String}, {@code Number},
     *     {@code Boolean} or null
     * @return the output of the step: a JSON value of the same kinds; or a {@link Snooze}, after which the step begins again
     * @throws SkillFailure to say whether another attempt makes sense
     * @throws InterruptedException when the thread was interrupted, because the run was stopped, timed out, or the node
     *     drains; let it through
     * @throws Exception any other failure; another attempt is made
     */
    @Nullable
    Object run(Map<String, @Nullable Object> params, SkillContext context) throws Exception;

    /** The node has ended, and with it every run: lets go of what it holds, such as connections. */
    default void close() {}
}

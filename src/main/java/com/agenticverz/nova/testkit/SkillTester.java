package com.agenticverz.nova.testkit;

import com.agenticverz.nova.skill.InvalidPlanException;
import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.skill.Skill;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tries skills and plans without a database and without a cluster, in any test framework.
 *
 * <pre>{@code
 * var tester = SkillTester.of(new GreetSkill()).withSettings("greet", Map.of("language", "en"));
 * var result = tester.run("greet", Map.of("name", "Ada"));
 * assertEquals(Map.of("greeting", "Hello, Ada"), result.output());
 * }</pre>
 *
 * <p>A tester does not change: each method that says something new returns another one. What a skill throws is in the
 * result, as a node would take it; what is thrown is wrong in the test. All of it happens on the thread of the test and may
 * take its time, unless {@link #within} bounds it.
 */
public final class SkillTester {

    private final Skills skills;
    private final Setup setup;

    private SkillTester(Skills skills, Setup setup) {
        this.skills = skills;
        this.setup = setup;
    }

    /** A tester of these skills. Plans may call the built-in ones too. */
    public static SkillTester of(Skill... skills) {
        return new SkillTester(Skills.of(List.of(skills)), Setup.USUAL);
    }

    /**
     * A tester of every skill that a node finds on this class path, by the files
     * {@code META-INF/services/com.agenticverz.nova.skill.Skill}.
     */
    public static SkillTester ofClassPath() {
        return new SkillTester(Skills.ofClassPath(), Setup.USUAL);
    }

    // --- what it tries with

    /** The settings that the skill gets, as under {@code nova.skills.<name>}. */
    public SkillTester withSettings(String skill, Map<String, ?> settings) {
        return new SkillTester(skills.with(skill, settings), setup);
    }

    /**
     * A secret, as {@code ${secret:NAME}} in settings and plans refers to it.
     *
     * @param value at least 6 characters
     */
    public SkillTester withSecret(String name, String value) {
        return new SkillTester(skills.withSecret(name, value), setup);
    }

    /**
     * A signal that waits for the run from its beginning; several of one name wait in this order.
     *
     * @param payload a JSON value
     * @throws IllegalArgumentException when the payload has no JSON form
     */
    public SkillTester withSignal(String name, @Nullable Object payload) {
        return new SkillTester(skills, setup.withSignal(name, RunMemory.json(name, payload)));
    }

    /** Who the run belongs to; otherwise {@code test}. */
    public SkillTester agent(String agentId) {
        return new SkillTester(skills, setup.withAgentId(agentId));
    }

    /**
     * The number of the attempt; otherwise 1, of 5.
     *
     * @param number from 1
     */
    public SkillTester attempt(int number) {
        if (number < 1) {
            throw new IllegalArgumentException("attempt " + number + "; allowed: 1 and more");
        }
        return new SkillTester(skills, setup.withAttempt(number));
    }

    /**
     * What an earlier attempt at the same step has said by its last heartbeat. For single skills; the steps of a plan have
     * their own.
     *
     * @param detail a JSON value
     * @throws IllegalArgumentException when it has no JSON form
     */
    public SkillTester lastHeartbeat(@Nullable Object detail) {
        return new SkillTester(skills, setup.withLastHeartbeat(heartbeat(detail)));
    }

    /**
     * Stops what takes longer, as {@code timeout_seconds} of a run does: a failure that says so. What is tried gets a
     * virtual thread of its own, as on a node.
     */
    public SkillTester within(Duration limit) {
        return new SkillTester(skills, setup.within(limit));
    }

    // --- what it tries

    /**
     * Hands the skills their settings, as the start of a node does. Every other method does that by itself.
     *
     * @throws IllegalArgumentException when the settings are not valid, in the words with which a node would not start
     */
    public SkillTester start() {
        skills.registry();
        return this;
    }

    /**
     * Calls a skill once.
     *
     * @param params JSON values; the skill gets them as they come out of the table
     * @throws IllegalArgumentException when there is no such skill, its settings are not valid, or the params have no JSON
     *     form
     */
    public SkillResult run(String skill, Map<String, ?> params) {
        return new SkillCall(skills.find(skill), json(params), setup).result();
    }

    /**
     * Calls a skill and stops it after that time, as a cancel, a timeout or a drain does: its thread is interrupted, and
     * {@link com.agenticverz.nova.skill.SkillContext#isCancelled} is true from then on.
     *
     * @throws AssertionError when the skill has ended before that
     * @throws IllegalArgumentException as {@link #run}
     */
    public StopResult runAndStopAfter(Duration delay, String skill, Map<String, ?> params) {
        return new SkillCall(skills.find(skill), json(params), setup).stoppedAfter(delay);
    }

    /**
     * Executes a plan as one attempt at a run, by the very code of a node. A step that is tried again is so at once.
     *
     * @param json the plan, as in the table
     * @throws InvalidPlanException with every problem at once, when it cannot be executed as it stands
     * @throws IllegalArgumentException when the settings of a skill are not valid
     */
    public PlanResult plan(String json) {
        return new PlanRun(json, skills, setup).first();
    }

    private static String heartbeat(@Nullable Object detail) {
        try {
            return Json.write(detail);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("the heartbeat " + e.getMessage(), e);
        }
    }

    private static Map<String, @Nullable Object> json(Map<String, ?> params) {
        try {
            var read = Json.object(Json.read(Json.write(params)));
            return read == null ? new HashMap<>() : read;
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("what is given as params " + e.getMessage(), e);
        }
    }
}

package com.agenticverz.nova.claim;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.skill.Json;
import com.agenticverz.nova.store.Limit;
import com.agenticverz.nova.store.TestDatabase;
import java.util.HashSet;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Which limit holds is decided by the poller in memory, and told to people by a statement: they have to agree. */
class OneRuleForLimitsTest {

    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.create();

    private static final long SEED = 20_261_126;

    /** Few, so that many fit; those that mean something to LIKE among them. */
    private static final String CHARACTERS = "aab*%_!\\";

    @Test
    void whatIsExplainedIsWhatThePollerGoesBy() {
        var random = new Random(SEED);
        var store = DATABASE.database().control();
        int held = 0;
        for (int round = 0; round < 20; round++) {
            DATABASE.empty("limits");
            for (int row = 0; row < 12; row++) {
                DATABASE.execute(
                        "INSERT INTO limits (kind, pattern, max_running) VALUES ('agent', ?, ?) ON CONFLICT DO NOTHING",
                        name(random, 1),
                        row);
            }
            var rules = new LimitRules(
                    new HashSet<>(DATABASE.database().policy().read(true).limits()));
            for (int asked = 0; asked < 20; asked++) {
                var name = name(random, 0);
                int told = store.limitOf(Limit.Kind.AGENT, name)
                        .map(row -> ((Number) Json.object(Json.read(row)).get("max_running")).intValue())
                        .orElse(Integer.MAX_VALUE);
                assertThat(rules.of(Limit.Kind.AGENT, name).maxRunning())
                        .as("'%s', round %d", name, round)
                        .isEqualTo(told);
                held += told < Integer.MAX_VALUE ? 1 : 0;
            }
        }
        assertThat(held).isBetween(50, 390);
    }

    private static String name(Random random, int least) {
        int length = random.nextInt(least, 5);
        var name = new StringBuilder();
        for (int i = 0; i < length; i++) {
            name.append(CHARACTERS.charAt(random.nextInt(CHARACTERS.length())));
        }
        return name.toString();
    }
}

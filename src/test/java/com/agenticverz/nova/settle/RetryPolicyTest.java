package com.agenticverz.nova.settle;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.run.Ending;
import com.agenticverz.nova.run.Outcome;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RetryPolicyTest {

    private static final RetryPolicy POLICY = new RetryPolicy(Duration.ofSeconds(60), Duration.ofSeconds(3600));
    private static final Ending RETRYABLE = new Ending.Failed("no answer", true);
    private static final int MOST = RetryPolicy.LONGEST_MESSAGE_CHARS;

    @ParameterizedTest
    @CsvSource({
        "1, 60",
        "2, 120",
        "3, 240",
        "4, 480",
        "5, 960",
        "6, 1920",
        "7, 3600",
        "8, 3600",
        "64, 3600",
        "1000, 3600",
        "2147483647, 3600"
    })
    void theDelayDoublesWithEachAttemptUpToTheLongest(int attempt, long seconds) {
        assertThat(POLICY.delay(attempt, 0)).isEqualTo(Duration.ofSeconds(seconds));
    }

    @Test
    void theJitterTakesAwayAFifthAtMostAndNeverAdds() {
        assertThat(POLICY.delay(1, 0)).isEqualTo(Duration.ofSeconds(60));
        assertThat(POLICY.delay(1, 0.5)).isEqualTo(Duration.ofSeconds(54));
        assertThat(POLICY.delay(1, 1)).isEqualTo(Duration.ofSeconds(48));
        assertThat(POLICY.delay(1000, 1)).isEqualTo(Duration.ofSeconds(2880));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 1000, Integer.MAX_VALUE})
    void withoutABackoffTheNextAttemptFollowsAtOnce(int attempt) {
        var atOnce = new RetryPolicy(Duration.ZERO, Duration.ZERO);

        assertThat(atOnce.delay(attempt, 0.3)).isZero();
    }

    @Test
    void aSuccessIsKeptAsItIs() {
        assertThat(POLICY.decide(new Ending.Succeeded("{\"a\":1}"), 5, 5, 0.5))
                .isEqualTo(new Outcome.Succeeded("{\"a\":1}"));
    }

    @Test
    void aRetryableFailureIsFollowedByAnotherAttempt() {
        assertThat(POLICY.decide(RETRYABLE, 2, 3, 0.5))
                .isEqualTo(new Outcome.Retry("no answer", Duration.ofSeconds(108)));
    }

    @Test
    void theLastAttemptFailsTheRunAndSaysThatItWasTheLast() {
        assertThat(POLICY.decide(RETRYABLE, 3, 3, 0.5)).isEqualTo(new Outcome.Failed("no answer (attempt 3 of 3)"));
    }

    @Test
    void anAttemptBeyondTheLastFailsTheRunToo() {
        // max_attempts was lowered by hand while the run waited.
        assertThat(POLICY.decide(RETRYABLE, 4, 3, 0.5)).isEqualTo(new Outcome.Failed("no answer (attempt 4 of 3)"));
    }

    @Test
    void theOnlyAttemptIsNotCounted() {
        assertThat(POLICY.decide(RETRYABLE, 1, 1, 0.5)).isEqualTo(new Outcome.Failed("no answer"));
    }

    @Test
    void aPermanentFailureFailsTheRunAtOnce() {
        assertThat(POLICY.decide(new Ending.Failed("no such page", false), 1, 5, 0.5))
                .isEqualTo(new Outcome.Failed("no such page"));
    }

    @Test
    void aMessageOfTheLongestLengthIsKept() {
        assertThat(RetryPolicy.storable("x".repeat(MOST))).isEqualTo("x".repeat(MOST));
    }

    @Test
    void aLongerMessageIsCutAndSaysHowMuchIsMissing() {
        assertThat(RetryPolicy.storable("x".repeat(MOST + 5))).isEqualTo("x".repeat(MOST) + "… (5 more characters)");
    }

    @Test
    void aMessageIsNotCutBetweenTheHalvesOfACharacter() {
        var cutInTheMiddle = "x".repeat(MOST - 1) + "😀" + "yz";

        assertThat(RetryPolicy.storable(cutInTheMiddle)).isEqualTo("x".repeat(MOST - 1) + "… (4 more characters)");
    }

    @Test
    void aCharacterThatEndsAtTheCutIsKept() {
        var cutBehind = "x".repeat(MOST - 2) + "😀" + "yz";

        assertThat(RetryPolicy.storable(cutBehind)).isEqualTo("x".repeat(MOST - 2) + "😀… (2 more characters)");
    }

    @Test
    void whatPostgreSqlCannotHoldInATextIsReplaced() {
        assertThat(RetryPolicy.storable("a\u0000b")).isEqualTo("a\uFFFDb");
    }

    @Test
    void everyOutcomeWithAMessageIsStorable() {
        var bad = "a\u0000" + "x".repeat(2 * MOST);

        assertThat(POLICY.decide(new Ending.Failed(bad, true), 1, 2, 0))
                .isInstanceOfSatisfying(
                        Outcome.Retry.class, it -> assertThat(it.message()).isEqualTo(RetryPolicy.storable(bad)));
        assertThat(POLICY.decide(new Ending.Failed(bad, true), 2, 2, 0))
                .isInstanceOfSatisfying(
                        Outcome.Failed.class, it -> assertThat(it.message()).doesNotContain("\u0000"));
        assertThat(POLICY.decide(new Ending.Failed(bad, false), 1, 2, 0))
                .isEqualTo(new Outcome.Failed(RetryPolicy.storable(bad)));
    }
}

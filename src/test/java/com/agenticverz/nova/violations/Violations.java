package com.agenticverz.nova.violations;

import java.time.Instant;
import java.util.concurrent.TimeUnit;

/** A class for each rule of the architecture that breaks it and no other rule has to see. Never executed. */
public final class Violations {

    private Violations() {}

    /** Has to stay in {@code store}. */
    public static final class UsesJdbi {
        org.jdbi.v3.core.Jdbi jdbi;
    }

    /** Has to stay in {@code store}. */
    public static final class UsesJavaSql {
        Object driver() throws java.sql.SQLException {
            return java.sql.DriverManager.getConnection("");
        }
    }

    /** Has to stay in {@code store}. */
    public static final class UsesHikari extends com.zaxxer.hikari.HikariConfig {}

    /** Has to stay in {@code store}. */
    public static final class UsesFlyway {
        org.flywaydb.core.Flyway flyway;
    }

    /** Has to stay in {@code store}. */
    public static final class UsesTheDriver {
        org.postgresql.PGConnection connection;
    }

    /** Has to stay in {@code telemetry}. */
    public static final class UsesKamon {
        kamon.metric.Counter counter;
    }

    /** Has to stay in the packages of the actors. */
    public static final class UsesPekko {
        org.apache.pekko.actor.typed.ActorRef<String> actor;
    }

    /** Has to stay in {@code cli}. */
    public static final class UsesPicocli {
        picocli.CommandLine commandLine;
    }

    /** Has to stay in {@code console}. */
    public static final class UsesJavalin {
        io.javalin.Javalin javalin;
    }

    /** Has to stay in {@code skill.builtin.llm}. */
    public static final class UsesAnthropic {
        com.anthropic.client.AnthropicClient client;
    }

    /** Has to stay in {@code skill.builtin.llm}. */
    public static final class UsesOpenAi {
        com.openai.client.OpenAIClient client;
    }

    /** A clock that nobody injected. */
    public static final class ReadsNanoTime {
        long now() {
            return System.nanoTime();
        }
    }

    /** A clock that nobody injected, even though nobody calls it here. */
    public static final class RefersToNanoTime {
        java.util.function.LongSupplier clock = System::nanoTime;
    }

    /** A clock that nobody injected. */
    public static final class ReadsCurrentTimeMillis {
        long now() {
            return System.currentTimeMillis();
        }
    }

    /** A clock that nobody injected. */
    public static final class ReadsInstant {
        Object now() {
            return Instant.now();
        }
    }

    /** A clock that nobody injected. */
    public static final class ReadsSystemClock {
        Object clock() {
            return java.time.Clock.systemUTC();
        }
    }

    /** Waits without being woken. */
    public static final class Sleeps {
        void sleep() throws InterruptedException {
            Thread.sleep(1);
        }
    }

    /** Waits without being woken. */
    public static final class SleepsByUnit {
        void sleep() throws InterruptedException {
            TimeUnit.SECONDS.sleep(1);
        }
    }

    /** A name that says nothing. */
    public static final class TimeUtils {}

    /** A name that says nothing. */
    public static final class PoolHelper {}

    /** A name that says nothing. */
    public static final class CommonThings {}

    /** A name that says nothing. */
    public static final class StoreImpl {}

    /** A name that says nothing. */
    public static final class RunManager {}

    /** A name that says nothing. */
    public abstract static class AbstractRun {}
}

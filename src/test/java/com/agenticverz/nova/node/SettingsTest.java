package com.agenticverz.nova.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.agenticverz.nova.claim.Fairness;
import com.agenticverz.nova.claim.PollerSettings;
import com.agenticverz.nova.claim.RetentionSettings;
import com.agenticverz.nova.cluster.ClusterSettings;
import com.agenticverz.nova.console.HttpSettings;
import com.agenticverz.nova.execute.WorkerSettings;
import com.agenticverz.nova.setting.SettingException;
import com.agenticverz.nova.settle.RetrySettings;
import com.agenticverz.nova.telemetry.LogFormat;
import com.agenticverz.nova.telemetry.LogSettings;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SettingsTest {

    private static final String URL = "postgresql://nova:hush@db:5432/nova";

    @TempDir
    private Path folder;

    @Test
    void nothingButADatabaseIsNeeded() {
        Settings settings = load(Map.of());
        assertThat(settings.database().url().jdbcUrl()).isEqualTo("jdbc:postgresql://db:5432/nova");
        assertThat(settings.database().directUrl())
                .isEqualTo(settings.database().url());
        assertThat(settings.database().startTimeout()).isEqualTo(Duration.ofSeconds(60));
        assertThat(settings.poller())
                .isEqualTo(new PollerSettings(Duration.ofSeconds(2), 8, Fairness.OFF, Duration.ZERO));
        assertThat(settings.worker())
                .isEqualTo(new WorkerSettings(4, Duration.ofSeconds(300), Duration.ofSeconds(1800)));
        assertThat(settings.retry()).isEqualTo(new RetrySettings(5, Duration.ofSeconds(60), Duration.ofSeconds(3600)));
        assertThat(settings.retention())
                .isEqualTo(new RetentionSettings(Duration.ofDays(30), Duration.ofDays(30), Duration.ZERO));
        assertThat(settings.cluster()).isEqualTo(new ClusterSettings("", 0, null, null, null));
        assertThat(settings.http()).isEqualTo(new HttpSettings("127.0.0.1", 8080, null));
        assertThat(settings.log()).isEqualTo(new LogSettings(LogFormat.JSON, 1));
        assertThat(settings.skills().directory()).isNull();
        assertThat(settings.skills().bySkill()).isEmpty();
        assertThat(settings.skills().secrets().names()).isEmpty();
        assertThat(settings.warnings()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    WORKER_CONCURRENCY=abc                  | WORKER_CONCURRENCY: 'abc' is not a whole number; allowed: 1 to 10000. Nova did not start.
                    WORKER_CONCURRENCY=2.5                  | WORKER_CONCURRENCY: '2.5' is not a whole number; allowed: 1 to 10000. Nova did not start.
                    WORKER_CONCURRENCY=0                    | WORKER_CONCURRENCY: '0' is out of range; allowed: 1 to 10000. Nova did not start.
                    WORKER_CONCURRENCY=99999999999          | WORKER_CONCURRENCY: '99999999999' is out of range; allowed: 1 to 10000. Nova did not start.
                    WORKER_CONCURRENCY=                     | WORKER_CONCURRENCY: '' is blank; allowed: 1 to 10000. Nova did not start.
                    'WORKER_CONCURRENCY=8 '                 | WORKER_CONCURRENCY: '8 ' is not a whole number; allowed: 1 to 10000. Nova did not start.
                    WORKER_BATCH_SIZE=10001                 | WORKER_BATCH_SIZE: '10001' is out of range; allowed: 1 to 10000. Nova did not start.
                    WORKER_POLL_INTERVAL=2s                 | WORKER_POLL_INTERVAL: '2s' is not a number of seconds; allowed: 0.01 to 3600 seconds. Nova did not start.
                    WORKER_POLL_INTERVAL=0                  | WORKER_POLL_INTERVAL: '0' is out of range; allowed: 0.01 to 3600 seconds. Nova did not start.
                    WORKER_POLL_INTERVAL=NaN                | WORKER_POLL_INTERVAL: 'NaN' is not a number of seconds; allowed: 0.01 to 3600 seconds. Nova did not start.
                    WORKER_SHUTDOWN_TIMEOUT=-1              | WORKER_SHUTDOWN_TIMEOUT: '-1' is out of range; allowed: 0 to 86400 seconds. Nova did not start.
                    RUN_MAX_ATTEMPTS=1001                   | RUN_MAX_ATTEMPTS: '1001' is out of range; allowed: 1 to 1000. Nova did not start.
                    RUN_BACKOFF_BASE=1e99                   | RUN_BACKOFF_BASE: '1e99' is out of range; allowed: 0 to 86400 seconds. Nova did not start.
                    RUN_BACKOFF_BASE=7200                   | RUN_BACKOFF_MAX: '3600' is less than the first backoff; allowed: 7200 to 604800 seconds. Nova did not start.
                    RUN_BACKOFF_MAX=59.5                    | RUN_BACKOFF_MAX: '59.5' is less than the first backoff; allowed: 60 to 604800 seconds. Nova did not start.
                    RUN_TIMEOUT=0                           | RUN_TIMEOUT: '0' is out of range; allowed: 0.001 to 604800 seconds. Nova did not start.
                    RETENTION_SUCCEEDED=30                  | RETENTION_SUCCEEDED: '30' is not a time with its unit; allowed: 1m to 36500d (s, m, h, d), or off. Nova did not start.
                    RETENTION_CANCELLED=0d                  | RETENTION_CANCELLED: '0d' is out of range; allowed: 1m to 36500d (s, m, h, d), or off. Nova did not start.
                    RETENTION_FAILED=59s                    | RETENTION_FAILED: '59s' is out of range; allowed: 1m to 36500d (s, m, h, d), or off. Nova did not start.
                    RETENTION_FAILED=                       | RETENTION_FAILED: '' is blank; allowed: 1m to 36500d (s, m, h, d), or off. Nova did not start.
                    CLUSTER_HOST=                           | CLUSTER_HOST: '' is blank; allowed: a name or an address that the other nodes reach. Nova did not start.
                    CLUSTER_HOST=http://node                | CLUSTER_HOST: 'http://node' is not a host; allowed: a name or an address that the other nodes reach. Nova did not start.
                    CLUSTER_HOST=0.0.0.0                    | CLUSTER_HOST: '0.0.0.0' is no address that the other nodes could reach; allowed: a name or an address that the other nodes reach; set CLUSTER_BIND_HOST to where this node listens. Nova did not start.
                    CLUSTER_HOST=::                         | CLUSTER_HOST: '::' is no address that the other nodes could reach; allowed: a name or an address that the other nodes reach; set CLUSTER_BIND_HOST to where this node listens. Nova did not start.
                    CLUSTER_PORT=65536                      | CLUSTER_PORT: '65536' is out of range; allowed: 0 to 65535. Nova did not start.
                    HTTP_PORT=http                          | HTTP_PORT: 'http' is not a whole number; allowed: 0 to 65535. Nova did not start.
                    HTTP_HOST=0.0.0.0                       | HTTP_HOST: '0.0.0.0' may be reached from other hosts, which needs a token; set NOVA_API_TOKEN, or listen on 127.0.0.1. Nova did not start.
                    HTTP_HOST=::                            | HTTP_HOST: '::' may be reached from other hosts, which needs a token; set NOVA_API_TOKEN, or listen on 127.0.0.1. Nova did not start.
                    NOVA_API_TOKEN=                         | NOVA_API_TOKEN: '' is blank; allowed: letters, digits and other visible ASCII characters. Nova did not start.
                    NOVA_API_TOKEN=hush hush                | NOVA_API_TOKEN has a blank or a character that no HTTP header carries; allowed: letters, digits and other visible ASCII characters. Nova did not start.
                    NOVA_SKILLS_DIR=                        | NOVA_SKILLS_DIR: '' is blank; allowed: a directory with jars of skills that can be read. Nova did not start.
                    NOVA_SKILLS_DIR=no/such                 | NOVA_SKILLS_DIR: 'no/such' is not there; allowed: a directory with jars of skills that can be read. Nova did not start.
                    NOVA_SECRETS_DIR=no/such                | NOVA_SECRETS_DIR: 'no/such' is not there; allowed: a directory with a file for each secret that can be read. Nova did not start.
                    LOG_FORMAT=xml                          | LOG_FORMAT: 'xml' is not a choice; allowed: json or text. Nova did not start.
                    LOG_SAMPLE_EVERY=0                      | LOG_SAMPLE_EVERY: '0' is out of range; allowed: 1 to 1000000000. Nova did not start.
                    DATABASE_URL=                           | DATABASE_URL: '' is blank; for example postgresql://user:password@host:5432/database. Nova did not start.
                    DATABASE_URL=mysql://u:hush@db/nova     | DATABASE_URL does not start with postgresql:// or jdbc:postgresql://; for example postgresql://user:password@host:5432/database. Nova did not start.
                    DATABASE_DIRECT_URL=postgresql://db     | DATABASE_DIRECT_URL names no database; for example postgresql://user:password@host:5432/database. Nova did not start.
                    DATABASE_START_TIMEOUT=forever          | DATABASE_START_TIMEOUT: 'forever' is not a number of seconds; allowed: 0 to 86400 seconds. Nova did not start.
                    NOVA_CONFIG=no/such.conf                | NOVA_CONFIG: 'no/such.conf' is not a file that can be read. Nova did not start.
                    """)
    void aBadValueIsRefusedWithOneLine(String assignment, String line) {
        int equals = assignment.indexOf('=');
        assertThat(refused(Map.of(assignment.substring(0, equals), assignment.substring(equals + 1))))
                .hasMessage(line);
    }

    @Test
    void aMissingDatabaseIsSaidWithAnExample() {
        assertThatThrownBy(() -> Settings.load(Map.of(), Map.of()))
                .isInstanceOf(SettingException.class)
                .hasMessage("DATABASE_URL is not set; for example postgresql://user:password@host:5432/database."
                        + " Nova did not start.");
    }

    @Test
    void allBadSettingsAreSaidAtOnceOneLineEach() {
        var refused = refused(Map.of(
                "WORKER_CONCURRENCY",
                "many",
                "WORKER_BATCH_SIZE",
                "0",
                "HTTP_HOST",
                "0.0.0.0",
                "RUN_BACKOFF_MAX",
                "1"));
        assertThat(refused.getMessage().lines()).hasSize(4).allMatch(line -> line.endsWith(" Nova did not start."));
        assertThat(refused.problems())
                .extracting(SettingException.Problem::setting)
                .containsExactlyInAnyOrder("WORKER_CONCURRENCY", "WORKER_BATCH_SIZE", "HTTP_HOST", "RUN_BACKOFF_MAX");
    }

    @Test
    void aValueThatSpansLinesIsSaidOnOne() {
        assertThat(refused(Map.of("LOG_FORMAT", "a\nb" + "c".repeat(500))).getMessage())
                .startsWith("LOG_FORMAT: 'a?bccc")
                .doesNotContain("\n")
                .hasSizeLessThan(200);
    }

    @Test
    void aFlagWinsOverAVariableThatOverTheFileAndThatOverTheDefault() throws IOException {
        Path file = file("nova { worker.concurrency = 11, poller.batch-size = 12, retry.max-attempts = 13 }");
        Settings settings = load(
                Map.of("NOVA_CONFIG", file.toString(), "WORKER_CONCURRENCY", "21", "WORKER_BATCH_SIZE", "22"),
                Map.of("--concurrency", "31"));
        assertThat(settings.worker().concurrency()).isEqualTo(31);
        assertThat(settings.poller().batchSize()).isEqualTo(22);
        assertThat(settings.retry().maxAttempts()).isEqualTo(13);
        assertThat(settings.http().port()).isEqualTo(8080);
    }

    @Test
    void aFileMayReferToVariables() throws IOException {
        Path file = file("nova.worker { concurrency = 7, concurrency = ${?CORES}, run-timeout = ${LIMIT} }");
        assertThat(load(Map.of("NOVA_CONFIG", file.toString(), "LIMIT", "1.5", "CORES", "9", "BASH_FUNC_x%%", "()"))
                        .worker())
                .isEqualTo(new WorkerSettings(9, Duration.ofSeconds(300), Duration.ofMillis(1500)));
        assertThat(refused(Map.of("NOVA_CONFIG", file.toString())).getMessage())
                .contains("LIMIT")
                .doesNotContain("\n");
    }

    @Test
    void aBadValueIsSaidUnderTheNameOfWhatGaveIt() throws IOException {
        assertThatThrownBy(() -> load(Map.of("WORKER_CONCURRENCY", "4"), Map.of("--concurrency", "x")))
                .hasMessage("--concurrency: 'x' is not a whole number; allowed: 1 to 10000. Nova did not start.");
        Path file = file("nova {\n  worker.concurrency = x\n}");
        assertThat(refused(Map.of("NOVA_CONFIG", file.toString())))
                .hasMessage("nova.worker.concurrency (" + file + ": 2): 'x' is not a whole number;"
                        + " allowed: 1 to 10000. Nova did not start.");
    }

    @Test
    void aNameThatIsAlmostASettingIsWarnedAboutAndOthersAreNot() throws IOException {
        Path file = file("nova { worker.concurency = 8 }\nother.key = 1");
        Map<String, String> environment =
                new HashMap<>(Map.of("WORKER_CONCURENCY", "8", "DATABASE_URI", "x", "NOVA_CONFIG", file.toString()));
        environment.putAll(Map.of("HTTP_PROXY", "x", "HTTPS_PROXY", "x", "NOVA_HOME", "x", "WORKER_NAME", "x"));
        assertThat(load(environment).warnings())
                .containsExactly(
                        "DATABASE_URI is not a setting of Nova; did you mean DATABASE_URL?",
                        "WORKER_CONCURENCY is not a setting of Nova; did you mean WORKER_CONCURRENCY?",
                        "nova.worker.concurency (" + file + ": 1) is not a setting of Nova");
    }

    /** A node that dies may be the one that held the lease; the others would not get it, and go down too. */
    @Test
    void aLeaseThatOutlastsADeadNodeIsRefused() throws IOException {
        assertThat(refused(Map.of(
                        "NOVA_CONFIG",
                        file("pekko.cluster { failure-detector.acceptable-heartbeat-pause = 3s, "
                                        + "split-brain-resolver.stable-after = 1500ms }")
                                .toString())))
                .hasMessage("pekko.cluster.split-brain-resolver.postgres-lease.heartbeat-timeout: '5s' outlasts a node"
                        + " that dies, and the others with it; allowed: at most 4.5s, which is"
                        + " pekko.cluster.failure-detector.acceptable-heartbeat-pause and"
                        + " pekko.cluster.split-brain-resolver.stable-after together. Nova did not start.");
        assertThat(refused(Map.of(
                        "NOVA_CONFIG",
                        file("pekko.cluster.split-brain-resolver.postgres-lease.heartbeat-timeout = 1 minute")
                                .toString())))
                .hasMessageStartingWith(
                        "pekko.cluster.split-brain-resolver.postgres-lease.heartbeat-timeout: '60s' outlasts ");
        var longer = file("""
                pekko.cluster {
                  failure-detector.acceptable-heartbeat-pause = 20s
                  split-brain-resolver { stable-after = 10s, postgres-lease.heartbeat-timeout = 30s }
                }
                """);
        assertThat(load(Map.of("NOVA_CONFIG", longer.toString())).pekko().isEmpty())
                .isFalse();
    }

    @Test
    void aTimeThatCannotBeReadIsRefusedToo() throws IOException {
        assertThat(refused(Map.of(
                                "NOVA_CONFIG",
                                file("pekko.cluster.split-brain-resolver.stable-after = soon")
                                        .toString()))
                        .getMessage())
                .startsWith("pekko cannot be read: ")
                .contains("stable-after", "production.conf: 1", "soon")
                .doesNotContain("\n");
    }

    @Test
    void aFileThatTheJvmIsToldOfDoesNotReplaceNovasOwn() {
        var before = System.getProperty("config.file");
        try {
            System.setProperty("config.file", "/no/such.conf");
            assertThat(ActorConfig.of(ConfigFactory.empty()).getString("pekko.actor.provider"))
                    .isEqualTo("cluster");
        } finally {
            if (before == null) {
                System.clearProperty("config.file");
            } else {
                System.setProperty("config.file", before);
            }
        }
    }

    @Test
    void aCommandThatOnlyNeedsTheDatabaseIsNotStoppedByOtherSettings() {
        Map<String, String> environment = Map.of("DATABASE_URL", URL, "WORKER_CONCURRENCY", "abc");
        assertThat(Settings.loadDatabase(environment, Map.of()).url().user()).isEqualTo("nova");
    }

    @Test
    void secretsAreNotPrinted() {
        Settings settings = load(Map.of("HTTP_HOST", "0.0.0.0", "NOVA_API_TOKEN", "hush"));
        assertThat(settings.http().apiToken()).isEqualTo("hush");
        assertThat(settings.toString()).doesNotContain("hush");
    }

    @Test
    void aSecretInTheFileStandsInQuotes() throws IOException {
        var quoted = file("nova.skills.mail { key = \"a ${secret:KEY}\" }");
        assertThat(load(Map.of("NOVA_CONFIG", quoted.toString())).skills().bySkill())
                .isEqualTo(Map.of("mail", Map.of("key", "a ${secret:KEY}")));
        var unquoted = file("nova.skills.mail { key = ${secret:KEY} }");
        assertThat(refused(Map.of("NOVA_CONFIG", unquoted.toString())).getMessage())
                .contains("production.conf: 1: ", "a secret stands in quotes: \"${secret:NAME}\". Nova did not start.");
    }

    @Test
    void aSecretIsNoMisspeltSetting() {
        var settings = load(Map.of("NOVA_SECRET_DIR", "hush-hush", "NOVA_SECRET_S_DIR", "hush-hush"));
        assertThat(settings.warnings()).isEmpty();
        assertThat(settings.skills().secrets().names()).containsExactly("DIR", "S_DIR");
        assertThat(settings.toString()).doesNotContain("hush");
        assertThat(load(Map.of("NOVA_SECRETS_DIRS", "x")).warnings())
                .containsExactly("NOVA_SECRETS_DIRS is not a setting of Nova; did you mean NOVA_SECRETS_DIR?");
    }

    @ParameterizedTest
    @EnumSource(Variable.class)
    void everyVariableIsExplainedInTheFileOfDefaults(Variable variable) throws IOException {
        try (var resource = Settings.class.getResourceAsStream("/nova.conf")) {
            assertThat(resource).isNotNull();
            assertThat(new String(resource.readAllBytes(), StandardCharsets.UTF_8))
                    .contains("# " + variable + (variable.flag() == null ? "." : ", " + variable.flag() + "."));
        }
    }

    @Test
    void everyDefaultBelongsToAVariable() {
        assertThat(ConfigFactory.parseResources("nova.conf").getConfig("nova").entrySet())
                .allSatisfy(entry -> assertThat(Variable.find(entry.getKey())).isPresent());
    }

    private Path file(String content) throws IOException {
        return Files.writeString(folder.resolve("production.conf"), content);
    }

    private static SettingException refused(Map<String, String> environment) {
        return catchThrowableOfType(SettingException.class, () -> load(environment));
    }

    private static Settings load(Map<String, String> environment) {
        return load(environment, Map.of());
    }

    private static Settings load(Map<String, String> environment, Map<String, String> flags) {
        Map<String, String> all = new HashMap<>(Map.of("DATABASE_URL", URL));
        all.putAll(environment);
        return Settings.load(all, flags);
    }
}

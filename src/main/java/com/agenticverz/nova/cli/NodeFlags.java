package com.agenticverz.nova.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** The flags of a node, all but those of its database. Each stands for the environment variable that its description names, and wins over it. */
final class NodeFlags {

    @ArgGroup(validate = false, heading = "%nSettings:%n", exclusive = false)
    private @Nullable Flags flags = new Flags();

    /** As text: the settings say what is wrong with a value, for flags and variables alike. */
    static final class Flags {
        @Option(names = "--poll-interval", paramLabel = "SECONDS", description = "WORKER_POLL_INTERVAL; default 2.0.")
        @Nullable
        String pollInterval;

        @Option(names = "--concurrency", paramLabel = "RUNS", description = "WORKER_CONCURRENCY; default 4.")
        @Nullable
        String concurrency;

        @Option(
                names = "--fairness",
                paramLabel = "off|round_robin|weighted",
                description = "RUN_FAIRNESS: whether agents take turns; default off.")
        @Nullable
        String fairness;

        @Option(
                names = "--priority-ageing",
                paramLabel = "SECONDS",
                description = "RUN_PRIORITY_AGEING: so much waiting counts as one priority; default 0, none.")
        @Nullable
        String priorityAgeing;

        @Option(names = "--batch-size", paramLabel = "RUNS", description = "WORKER_BATCH_SIZE; default 8.")
        @Nullable
        String batchSize;

        @Option(
                names = "--shutdown-timeout",
                paramLabel = "SECONDS",
                description = "WORKER_SHUTDOWN_TIMEOUT; default 300.")
        @Nullable
        String shutdownTimeout;

        @Option(names = "--max-attempts", paramLabel = "N", description = "RUN_MAX_ATTEMPTS; default 5.")
        @Nullable
        String maxAttempts;

        @Option(names = "--backoff-base", paramLabel = "SECONDS", description = "RUN_BACKOFF_BASE; default 60.")
        @Nullable
        String backoffBase;

        @Option(names = "--backoff-max", paramLabel = "SECONDS", description = "RUN_BACKOFF_MAX; default 3600.")
        @Nullable
        String backoffMax;

        @Option(names = "--run-timeout", paramLabel = "SECONDS", description = "RUN_TIMEOUT; default 1800.")
        @Nullable
        String runTimeout;

        @Option(
                names = "--retention-succeeded",
                paramLabel = "TIME",
                description = "RETENTION_SUCCEEDED; default 30d. Runs that succeeded are deleted after it; off: never.")
        @Nullable
        String retentionSucceeded;

        @Option(names = "--retention-cancelled", paramLabel = "TIME", description = "RETENTION_CANCELLED; default 30d.")
        @Nullable
        String retentionCancelled;

        @Option(names = "--retention-failed", paramLabel = "TIME", description = "RETENTION_FAILED; default off.")
        @Nullable
        String retentionFailed;

        @Option(
                names = "--cluster-host",
                paramLabel = "HOST",
                description = "CLUSTER_HOST; default: the address from which it reaches the database.")
        @Nullable
        String clusterHost;

        @Option(names = "--cluster-port", paramLabel = "PORT", description = "CLUSTER_PORT; default 0: any free port.")
        @Nullable
        String clusterPort;

        @Option(
                names = "--cluster-bind-host",
                paramLabel = "HOST",
                description = "CLUSTER_BIND_HOST; default: as --cluster-host.")
        @Nullable
        String clusterBindHost;

        @Option(
                names = "--cluster-bind-port",
                paramLabel = "PORT",
                description = "CLUSTER_BIND_PORT; default: as --cluster-port.")
        @Nullable
        String clusterBindPort;

        @Option(
                names = "--cluster-tls-certificate-file",
                paramLabel = "FILE",
                description = "CLUSTER_TLS_CERTIFICATE_FILE; of this node, PEM. With the next two: mutual TLS.")
        @Nullable
        String clusterTlsCertificateFile;

        @Option(names = "--cluster-tls-key-file", paramLabel = "FILE", description = "CLUSTER_TLS_KEY_FILE; PEM.")
        @Nullable
        String clusterTlsKeyFile;

        @Option(
                names = "--cluster-tls-ca-file",
                paramLabel = "FILE",
                description = "CLUSTER_TLS_CA_FILE; PEM, signed the certificates of all nodes.")
        @Nullable
        String clusterTlsCaFile;

        @Option(names = "--http-host", paramLabel = "HOST", description = "HTTP_HOST; default 127.0.0.1.")
        @Nullable
        String httpHost;

        @Option(names = "--http-port", paramLabel = "PORT", description = "HTTP_PORT; default 8080; 0: any free port.")
        @Nullable
        String httpPort;

        @Option(
                names = "--skills-dir",
                paramLabel = "DIRECTORY",
                description = "NOVA_SKILLS_DIR; jars with skills of yours. Default: skills, if it is there.")
        @Nullable
        String skillsDirectory;

        @Option(
                names = "--secrets-dir",
                paramLabel = "DIRECTORY",
                description = "NOVA_SECRETS_DIR; default: secrets are variables NOVA_SECRET_NAME alone.")
        @Nullable
        String secretsDirectory;

        @Option(names = "--log-format", paramLabel = "FORMAT", description = "LOG_FORMAT; json (default) or text.")
        @Nullable
        String logFormat;

        @Option(
                names = "--log-sample-every",
                paramLabel = "N",
                description = "LOG_SAMPLE_EVERY; default 1: every run is logged.")
        @Nullable
        String logSampleEvery;
    }

    /** The flags that were given, by their names. */
    Map<String, String> given() {
        var given = new LinkedHashMap<String, String>();
        var it = flags;
        if (it == null) {
            return given;
        }
        put(given, "--poll-interval", it.pollInterval);
        put(given, "--concurrency", it.concurrency);
        put(given, "--batch-size", it.batchSize);
        put(given, "--fairness", it.fairness);
        put(given, "--priority-ageing", it.priorityAgeing);
        put(given, "--shutdown-timeout", it.shutdownTimeout);
        put(given, "--max-attempts", it.maxAttempts);
        put(given, "--backoff-base", it.backoffBase);
        put(given, "--backoff-max", it.backoffMax);
        put(given, "--run-timeout", it.runTimeout);
        put(given, "--retention-succeeded", it.retentionSucceeded);
        put(given, "--retention-cancelled", it.retentionCancelled);
        put(given, "--retention-failed", it.retentionFailed);
        put(given, "--cluster-host", it.clusterHost);
        put(given, "--cluster-port", it.clusterPort);
        put(given, "--cluster-bind-host", it.clusterBindHost);
        put(given, "--cluster-bind-port", it.clusterBindPort);
        put(given, "--cluster-tls-certificate-file", it.clusterTlsCertificateFile);
        put(given, "--cluster-tls-key-file", it.clusterTlsKeyFile);
        put(given, "--cluster-tls-ca-file", it.clusterTlsCaFile);
        put(given, "--http-host", it.httpHost);
        put(given, "--http-port", it.httpPort);
        put(given, "--skills-dir", it.skillsDirectory);
        put(given, "--secrets-dir", it.secretsDirectory);
        put(given, "--log-format", it.logFormat);
        put(given, "--log-sample-every", it.logSampleEvery);
        return given;
    }

    private static void put(Map<String, String> given, String flag, @Nullable String value) {
        if (value != null) {
            given.put(flag, value);
        }
    }
}

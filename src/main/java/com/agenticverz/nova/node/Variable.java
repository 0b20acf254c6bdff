package com.agenticverz.nova.node;

import com.agenticverz.nova.claim.PollerSettings;
import com.agenticverz.nova.claim.RetentionSettings;
import com.agenticverz.nova.cluster.ClusterSettings;
import com.agenticverz.nova.console.HttpSettings;
import com.agenticverz.nova.execute.WorkerSettings;
import com.agenticverz.nova.setting.Setting;
import com.agenticverz.nova.settle.RetrySettings;
import com.agenticverz.nova.skill.Secrets;
import com.agenticverz.nova.skill.SkillSettings;
import com.agenticverz.nova.store.DatabaseSettings;
import com.agenticverz.nova.telemetry.LogSettings;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The environment variables that set something, each named as it is, with its key in {@code nova.conf} and its flag.
 */
public enum Variable {
    DATABASE_URL(DatabaseSettings.URL, "--database-url"),
    DATABASE_DIRECT_URL(DatabaseSettings.DIRECT_URL, "--database-direct-url"),
    DATABASE_START_TIMEOUT(DatabaseSettings.START_TIMEOUT, "--database-start-timeout"),
    WORKER_POLL_INTERVAL(PollerSettings.POLL_INTERVAL, "--poll-interval"),
    WORKER_CONCURRENCY(WorkerSettings.CONCURRENCY, "--concurrency"),
    WORKER_BATCH_SIZE(PollerSettings.BATCH_SIZE, "--batch-size"),
    RUN_FAIRNESS(PollerSettings.FAIRNESS, "--fairness"),
    RUN_PRIORITY_AGEING(PollerSettings.PRIORITY_AGEING, "--priority-ageing"),
    WORKER_SHUTDOWN_TIMEOUT(WorkerSettings.SHUTDOWN_TIMEOUT, "--shutdown-timeout"),
    RUN_MAX_ATTEMPTS(RetrySettings.MAX_ATTEMPTS, "--max-attempts"),
    RUN_BACKOFF_BASE(RetrySettings.BACKOFF_BASE, "--backoff-base"),
    RUN_BACKOFF_MAX(RetrySettings.BACKOFF_MAX, "--backoff-max"),
    RUN_TIMEOUT(WorkerSettings.RUN_TIMEOUT, "--run-timeout"),
    RETENTION_SUCCEEDED(RetentionSettings.SUCCEEDED, "--retention-succeeded"),
    RETENTION_CANCELLED(RetentionSettings.CANCELLED, "--retention-cancelled"),
    RETENTION_FAILED(RetentionSettings.FAILED, "--retention-failed"),
    CLUSTER_HOST(ClusterSettings.HOST, "--cluster-host"),
    CLUSTER_PORT(ClusterSettings.PORT, "--cluster-port"),
    CLUSTER_BIND_HOST(ClusterSettings.BIND_HOST, "--cluster-bind-host"),
    CLUSTER_BIND_PORT(ClusterSettings.BIND_PORT, "--cluster-bind-port"),
    CLUSTER_TLS_CERTIFICATE_FILE(ClusterSettings.CERTIFICATE_FILE, "--cluster-tls-certificate-file"),
    CLUSTER_TLS_KEY_FILE(ClusterSettings.KEY_FILE, "--cluster-tls-key-file"),
    CLUSTER_TLS_CA_FILE(ClusterSettings.CA_FILE, "--cluster-tls-ca-file"),
    HTTP_HOST(HttpSettings.HOST, "--http-host"),
    HTTP_PORT(HttpSettings.PORT, "--http-port"),
    /** Has no flag: everybody on the host may read the arguments of a process. */
    NOVA_API_TOKEN(HttpSettings.API_TOKEN, null),
    NOVA_SKILLS_DIR(SkillSettings.DIRECTORY, "--skills-dir"),
    NOVA_SECRETS_DIR(Secrets.DIRECTORY, "--secrets-dir"),
    LOG_FORMAT(LogSettings.FORMAT, "--log-format"),
    LOG_SAMPLE_EVERY(LogSettings.SAMPLE_EVERY, "--log-sample-every");

    /** Names a file that sets something. It is no setting itself, for it cannot stand in the file. */
    public static final String CONFIG_FILE = "NOVA_CONFIG";

    private final Setting<?> setting;
    private final @Nullable String flag;

    Variable(Setting<?> setting, @Nullable String flag) {
        this.setting = setting;
        this.flag = flag;
    }

    /** What it sets. */
    public Setting<?> setting() {
        return setting;
    }

    /** The flag that sets the same and wins over the variable, such as {@code --concurrency}; null: there is none. */
    public @Nullable String flag() {
        return flag;
    }

    /** The variable of a key in {@code nova.conf}; empty: the key is no setting. */
    static Optional<Variable> find(String key) {
        return Arrays.stream(values())
                .filter(variable -> variable.setting.key().equals(key))
                .findFirst();
    }

    /** The variable of a setting's key. */
    static Variable ofKey(String key) {
        return find(key).orElseThrow(() -> new IllegalArgumentException("no variable sets " + key));
    }
}

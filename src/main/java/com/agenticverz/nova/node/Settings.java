package com.agenticverz.nova.node;

import com.agenticverz.nova.claim.PollerSettings;
import com.agenticverz.nova.claim.RetentionSettings;
import com.agenticverz.nova.cluster.ClusterSettings;
import com.agenticverz.nova.console.HttpSettings;
import com.agenticverz.nova.execute.WorkerSettings;
import com.agenticverz.nova.setting.SettingException;
import com.agenticverz.nova.settle.RetrySettings;
import com.agenticverz.nova.skill.Secrets;
import com.agenticverz.nova.skill.SkillSettings;
import com.agenticverz.nova.store.DatabaseSettings;
import com.agenticverz.nova.store.DatabaseUrl;
import com.agenticverz.nova.telemetry.LogSettings;
import com.typesafe.config.Config;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;

/**
 * All settings of a worker process, each valid.
 *
 * @param pekko what the user's file says to Pekko; empty where it says nothing
 * @param warnings what looks like a mistake but stops nothing, one line each: a variable whose name is almost a
 *     setting's
 */
public record Settings(
        DatabaseSettings database,
        PollerSettings poller,
        WorkerSettings worker,
        RetrySettings retry,
        RetentionSettings retention,
        ClusterSettings cluster,
        HttpSettings http,
        LogSettings log,
        SkillSettings skills,
        Config pekko,
        List<String> warnings) {

    public Settings {
        warnings = List.copyOf(warnings);
    }

    /**
     * The settings of a worker: a flag wins over an environment variable, that over the file that {@code NOVA_CONFIG}
     * names (or {@code -Dconfig.file}), and that over {@code nova.conf}.
     *
     * @param environment the environment variables of the process; those that are no settings are ignored
     * @param flags the flags that were given, by their names in {@link Variable#flag()}
     * @throws SettingException with one line for each bad setting
     */
    public static Settings load(Map<String, String> environment, Map<String, String> flags) {
        SettingSources sources = SettingSources.read(environment, flags, EnumSet.allOf(Variable.class));
        var database = sources.group(() -> database(sources));
        var poller = sources.group(() -> new PollerSettings(
                sources.get(PollerSettings.POLL_INTERVAL),
                sources.get(PollerSettings.BATCH_SIZE),
                sources.get(PollerSettings.FAIRNESS),
                sources.get(PollerSettings.PRIORITY_AGEING)));
        var worker = sources.group(() -> new WorkerSettings(
                sources.get(WorkerSettings.CONCURRENCY),
                sources.get(WorkerSettings.SHUTDOWN_TIMEOUT),
                sources.get(WorkerSettings.RUN_TIMEOUT)));
        var retry = sources.group(() -> new RetrySettings(
                sources.get(RetrySettings.MAX_ATTEMPTS),
                sources.get(RetrySettings.BACKOFF_BASE),
                sources.get(RetrySettings.BACKOFF_MAX)));
        var retention = sources.group(() -> new RetentionSettings(
                sources.get(RetentionSettings.SUCCEEDED),
                sources.get(RetentionSettings.CANCELLED),
                sources.get(RetentionSettings.FAILED)));
        var cluster = sources.group(() -> new ClusterSettings(
                sources.find(ClusterSettings.HOST).orElse(""),
                sources.get(ClusterSettings.PORT),
                sources.find(ClusterSettings.BIND_HOST).orElse(null),
                sources.find(ClusterSettings.BIND_PORT).orElse(null),
                ClusterSettings.Tls.of(
                        sources.find(ClusterSettings.CERTIFICATE_FILE).orElse(null),
                        sources.find(ClusterSettings.KEY_FILE).orElse(null),
                        sources.find(ClusterSettings.CA_FILE).orElse(null))));
        var http = sources.group(() -> new HttpSettings(
                sources.get(HttpSettings.HOST),
                sources.get(HttpSettings.PORT),
                sources.find(HttpSettings.API_TOKEN).orElse(null)));
        var log = sources.group(
                () -> new LogSettings(sources.get(LogSettings.FORMAT), sources.get(LogSettings.SAMPLE_EVERY)));
        var skills = sources.group(() -> skills(environment, sources));
        sources.check(() -> ActorConfig.check(sources.pekko()));
        sources.failIfBad();
        return new Settings(
                database.orElseThrow(),
                poller.orElseThrow(),
                worker.orElseThrow(),
                retry.orElseThrow(),
                retention.orElseThrow(),
                cluster.orElseThrow(),
                http.orElseThrow(),
                log.orElseThrow(),
                skills.orElseThrow(),
                sources.pekko(),
                sources.warnings());
    }

    /**
     * The settings of a command that only needs the database; what is wrong with the others does not stop it.
     *
     * @param environment as for {@link #load}
     * @param flags as for {@link #load}
     * @throws SettingException with one line for each bad setting of the database
     */
    public static DatabaseSettings loadDatabase(Map<String, String> environment, Map<String, String> flags) {
        SettingSources sources = SettingSources.read(
                environment,
                flags,
                EnumSet.of(Variable.DATABASE_URL, Variable.DATABASE_DIRECT_URL, Variable.DATABASE_START_TIMEOUT));
        var database = sources.group(() -> database(sources));
        sources.failIfBad();
        return database.orElseThrow();
    }

    /**
     * The settings of the skills; what is wrong with all others does not matter.
     *
     * @param environment as for {@link #load}
     * @param flags as for {@link #load}
     * @throws SettingException when they cannot be read
     */
    public static SkillSettings loadSkills(Map<String, String> environment, Map<String, String> flags) {
        SettingSources sources = SettingSources.read(
                environment, flags, EnumSet.of(Variable.NOVA_SKILLS_DIR, Variable.NOVA_SECRETS_DIR));
        var skills = sources.group(() -> skills(environment, sources));
        sources.failIfBad();
        return skills.orElseThrow();
    }

    /** The same on another database, at one address for all. */
    public Settings on(DatabaseUrl url) {
        return new Settings(
                new DatabaseSettings(url, url, database.startTimeout()),
                poller,
                worker,
                retry,
                retention,
                cluster,
                http,
                log,
                skills,
                pekko,
                warnings);
    }

    private static SkillSettings skills(Map<String, String> environment, SettingSources sources) {
        return SkillSettings.of(
                sources.find(SkillSettings.DIRECTORY).orElse(null),
                sources.skills(),
                Secrets.of(environment, sources.find(Secrets.DIRECTORY).orElse(null)));
    }

    private static DatabaseSettings database(SettingSources sources) {
        DatabaseUrl url = sources.get(DatabaseSettings.URL);
        return new DatabaseSettings(
                url,
                sources.find(DatabaseSettings.DIRECT_URL).orElse(url),
                sources.get(DatabaseSettings.START_TIMEOUT));
    }
}

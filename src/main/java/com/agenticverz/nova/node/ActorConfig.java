package com.agenticverz.nova.node;

import com.agenticverz.nova.setting.Setting;
import com.agenticverz.nova.setting.SettingException;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import java.time.Duration;

/** The configuration of the actor system: the user's file over {@code application.conf} over Pekko's own. */
final class ActorConfig {

    private static final String PAUSE = "pekko.cluster.failure-detector.acceptable-heartbeat-pause";
    private static final String STABLE_AFTER = "pekko.cluster.split-brain-resolver.stable-after";
    private static final String LEASE = "pekko.cluster.split-brain-resolver.postgres-lease.heartbeat-timeout";

    private ActorConfig() {}

    /**
     * All of it.
     *
     * @param user what the user's file says to Pekko
     */
    static Config of(Config user) {
        // Not ConfigFactory.load(): with -Dconfig.file it would read that instead of application.conf.
        return ConfigFactory.defaultOverrides()
                .withFallback(user)
                .withFallback(ConfigFactory.parseResources(
                        ActorConfig.class.getClassLoader(),
                        "application.conf",
                        ConfigParseOptions.defaults().setAllowMissing(false)))
                .withFallback(ConfigFactory.defaultReference(ActorConfig.class.getClassLoader()))
                .resolve();
    }

    /**
     * Whether a cluster with these times survives the death of a node. Who died may have held the lease that decides a
     * split. Should it still be held when the others ask for it, they take themselves for the side that lost.
     *
     * @param user what the user's file says to Pekko
     * @throws SettingException when it would not
     */
    static void check(Config user) {
        Duration lease;
        Duration givenUp;
        try {
            var all = of(user);
            lease = all.getDuration(LEASE);
            givenUp = all.getDuration(PAUSE).plus(all.getDuration(STABLE_AFTER));
        } catch (ConfigException unreadable) {
            throw new SettingException(
                    "pekko",
                    null,
                    "cannot be read: " + String.valueOf(unreadable.getMessage()).replaceAll("\\s+", " "));
        }
        if (lease.compareTo(givenUp) > 0) {
            throw new SettingException(
                    LEASE,
                    Setting.Seconds.text(lease) + "s",
                    "outlasts a node that dies, and the others with it; allowed: at most "
                            + Setting.Seconds.text(givenUp) + "s, which is " + PAUSE + " and " + STABLE_AFTER
                            + " together");
        }
    }
}

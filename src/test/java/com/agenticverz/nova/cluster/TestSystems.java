package com.agenticverz.nova.cluster;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;

/** Configurations of actor systems for tests. */
public final class TestSystems {

    private TestSystems() {}

    /** One that is as the node's own, but ends without its JVM and knows nobody. */
    public static Config likeANode() {
        return ConfigFactory.parseString("""
                pekko.remote.artery.canonical { hostname = "127.0.0.1", port = 0 }
                pekko.coordinated-shutdown { exit-jvm = off, run-by-actor-system-terminate = off }
                # It needs a database.
                pekko.cluster.downing-provider-class = ""
                """).withFallback(ConfigFactory.load());
    }

    /** One without a network, for actors on their own. */
    public static Config local() {
        return ConfigFactory.parseString("pekko.actor.provider = local").withFallback(likeANode());
    }
}

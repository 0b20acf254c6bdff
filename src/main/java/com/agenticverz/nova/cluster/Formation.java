package com.agenticverz.nova.cluster;

import com.agenticverz.nova.telemetry.Events;
import com.agenticverz.nova.telemetry.Metrics;
import java.util.HashSet;
import java.util.UUID;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.ClusterEvent;
import org.apache.pekko.cluster.UniqueAddress;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.apache.pekko.cluster.typed.SelfUp;
import org.apache.pekko.cluster.typed.Subscribe;

/** Joins the cluster. For now every node is a cluster of its own: it joins itself. */
public final class Formation {

    /** What it can be told. */
    public sealed interface Command {}

    private record Up(SelfUp event) implements Command {}

    private record Members(ClusterEvent.MemberEvent event) implements Command {}

    private Formation() {}

    /**
     * Joins at once.
     *
     * @param joined run when this node is a full member
     */
    public static Behavior<Command> create(UUID node, Metrics metrics, Runnable joined) {
        return Behaviors.setup(context -> {
            var cluster = Cluster.get(context.getSystem());
            ActorRef<SelfUp> up = context.messageAdapter(SelfUp.class, Up::new);
            ActorRef<ClusterEvent.MemberEvent> members =
                    context.messageAdapter(ClusterEvent.MemberEvent.class, Members::new);
            cluster.subscriptions().tell(Subscribe.create(up, SelfUp.class));
            cluster.subscriptions().tell(Subscribe.create(members, ClusterEvent.MemberEvent.class));
            cluster.manager().tell(Join.create(cluster.selfMember().address()));
            // Counted from the events: cluster.state(), which SelfUp carries too, may be behind them.
            var present = new HashSet<UniqueAddress>();
            return Behaviors.receiveMessage(command -> {
                switch (command) {
                    case Up _ -> {
                        present.add(cluster.selfMember().uniqueAddress());
                        metrics.clusterMembers(present.size());
                        Events.clusterJoined(cluster.selfMember().address().hostPort(), node, present.size());
                        joined.run();
                    }
                    case Members(ClusterEvent.MemberRemoved gone) -> {
                        present.remove(gone.member().uniqueAddress());
                        metrics.clusterMembers(present.size());
                    }
                    case Members(var event) -> {
                        present.add(event.member().uniqueAddress());
                        metrics.clusterMembers(present.size());
                    }
                }
                return Behaviors.same();
            });
        });
    }
}

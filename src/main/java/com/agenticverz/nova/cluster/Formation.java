package com.agenticverz.nova.cluster;

import com.agenticverz.nova.telemetry.Events;
import com.agenticverz.nova.telemetry.Metrics;
import java.util.UUID;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.ClusterEvent;
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
            return Behaviors.receiveMessage(command -> {
                switch (command) {
                    case Up _ -> {
                        int count = count(cluster.state().getMembers());
                        metrics.clusterMembers(count);
                        Events.clusterJoined(cluster.selfMember().address().hostPort(), node, count);
                        joined.run();
                    }
                    case Members _ ->
                        metrics.clusterMembers(count(cluster.state().getMembers()));
                }
                return Behaviors.same();
            });
        });
    }

    private static int count(Iterable<?> members) {
        int count = 0;
        for (var _ : members) {
            count++;
        }
        return count;
    }
}

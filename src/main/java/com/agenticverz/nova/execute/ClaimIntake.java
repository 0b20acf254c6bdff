package com.agenticverz.nova.execute;

import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.run.Run;
import com.agenticverz.nova.settle.Settler;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.ActorRef;

/** Takes in the claims that come, and lets go those that do not. Not thread-safe; owned by the pool. */
final class ClaimIntake {

    private final Arrivals arrivals;
    private final Workload workload;
    private final Room room;
    private final ActorRef<Settler.Command> settler;
    private final ActorRef<ClaimReader.Command> reader;
    private final HandBacks handBacks;
    private final Announcer announcer;
    private final LongSupplier nanoTime;
    private boolean closed;
    /** Until the node hears what people want of it. */
    private boolean refusing = true;

    ClaimIntake(
            Arrivals arrivals,
            Workload workload,
            Room room,
            ActorRef<Settler.Command> settler,
            ActorRef<ClaimReader.Command> reader,
            HandBacks handBacks,
            Announcer announcer,
            LongSupplier nanoTime) {
        this.arrivals = arrivals;
        this.workload = workload;
        this.room = room;
        this.settler = settler;
        this.reader = reader;
        this.handBacks = handBacks;
        this.announcer = announcer;
        this.nanoTime = nanoTime;
    }

    /** A claim comes. True: runs of it wait now. */
    boolean assigned(Assign assign) {
        switch (arrivals.arrived(assign.claimId())) {
            case AGAIN -> {}
            case TOO_LATE -> announcer.free(fences(assign.claimId(), assign.runs()), false);
            case NEW -> {
                if (assign.unread() == 0) {
                    open(assign, assign.runs());
                    return true;
                }
                arrivals.reads(assign);
                if (takesNothing()) {
                    handBackWhatIsRead();
                } else {
                    reader.tell(new ClaimReader.Read(assign.claimId()));
                }
            }
        }
        return false;
    }

    private static List<Fence> fences(long claimId, List<Run> runs) {
        return runs.stream().map(run -> run.under(claimId)).toList();
    }

    private void open(Assign assign, List<Run> runs) {
        var fences = fences(assign.claimId(), runs);
        settler.tell(new Settler.Opened(assign.claimId(), fences));
        room.claimed(Duration.ofMillis(assign.claimMillis()));
        for (int i = 0; i < runs.size(); i++) {
            var run = runs.get(i);
            if (takesNothing() || workload.holds(run.id())) {
                handBacks.handBack(List.of(fences.get(i)));
            } else {
                workload.add(run, fences.get(i), nanoTime.getAsLong());
            }
        }
    }

    /** The runs of a claim have been read. True: they wait now. */
    boolean read(long claimId, List<Run> runs) {
        var assign = arrivals.read(claimId);
        if (assign == null) {
            // Let go meanwhile.
            return false;
        }
        if (runs.isEmpty()) {
            // Its row is gone, or lists nothing that could still be executed.
            letGo(List.of(claimId));
            return false;
        }
        open(assign, runs);
        return true;
    }

    /** The runs of a claim could not be read. */
    void unreadable(long claimId) {
        if (!arrivals.isReading(claimId)) {
            return;
        }
        if (room.isDatabaseSilent(nanoTime.getAsLong())) {
            reader.tell(new ClaimReader.Read(claimId));
        } else {
            // The database answers otherwise. They may be too much for the memory here; somebody else may have more.
            letGo(List.of(claimId));
        }
    }

    /** These claims are not taken. */
    void letGo(Collection<Long> claims) {
        // The settler lets go only those of which it knows nothing.
        settler.tell(new Settler.ReleaseUnknown(List.copyOf(claims)));
        arrivals.letGo(claims);
        announcer.announce();
    }

    /** From now on nothing new is taken, for good. */
    void close() {
        closed = true;
        handBackWhatIsRead();
    }

    /** Nothing new is taken for now. */
    void refuse() {
        refusing = true;
        handBackWhatIsRead();
    }

    /** What is new is taken again, unless it is closed. */
    void takeAgain() {
        refusing = false;
    }

    boolean isRefusing() {
        return refusing;
    }

    /** Whether it is closed, or refuses for now. */
    boolean takesNothing() {
        return closed || refusing;
    }

    boolean isClosed() {
        return closed;
    }

    /** Nothing of it is known but the claim; to let that go is all it takes. */
    private void handBackWhatIsRead() {
        var claims = List.copyOf(arrivals.beingRead());
        if (!claims.isEmpty()) {
            handBacks.withTheirClaims(arrivals.unread());
            letGo(claims);
        }
    }
}

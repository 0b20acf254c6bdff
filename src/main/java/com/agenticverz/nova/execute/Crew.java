package com.agenticverz.nova.execute;

import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * The workers of a pool: those that idle, those that have a turn, and those that stay with a skill that does not end. There
 * are as many as the pool is to execute runs at once, and after that has become less as many more as still have their last
 * turn. Not thread-safe; owned by the pool.
 */
final class Crew {

    private final IntFunction<ActorRef<Worker.Command>> start;
    private final Consumer<ActorRef<Worker.Command>> stop;
    private final ArrayDeque<ActorRef<Worker.Command>> idle = new ArrayDeque<>();
    /** Turns whose workers stay with a skill that does not end. */
    private final Set<Turn> held = new HashSet<>();

    private int size;
    private int there;
    private int started;

    /**
     * So many, all of them idle.
     *
     * @param start starts a worker; each has a number of its own
     * @param stop stops one that idles
     */
    Crew(int size, IntFunction<ActorRef<Worker.Command>> start, Consumer<ActorRef<Worker.Command>> stop) {
        this.start = start;
        this.stop = stop;
        resize(size);
    }

    /** So many there are to be from now on. Nobody is interrupted: who has a turn and is one too many goes after it. */
    void resize(int workers) {
        size = workers;
        while (there < size) {
            idle.add(start.apply(++started));
            there++;
        }
        while (there > size && !idle.isEmpty()) {
            stop.accept(idle.removeLast());
            there--;
        }
    }

    /** So many there are to be. */
    int size() {
        return size;
    }

    /** So many have nothing to do. */
    int idle() {
        return idle.size();
    }

    /** So many stay with a skill that does not end. */
    int held() {
        return held.size();
    }

    /** So many have a turn. */
    int busy() {
        return there - idle.size() - held.size();
    }

    /** The next that has nothing to do; there is one. */
    ActorRef<Worker.Command> nextIdle() {
        return idle.element();
    }

    /** It has a turn from now on. */
    void nextIdleHasTurn() {
        idle.remove();
    }

    /** The worker of this turn stays with a skill. */
    void hold(Turn turn) {
        held.add(turn);
    }

    /** The turn of a worker is over. True: it was held until now. */
    boolean free(ActorRef<Worker.Command> worker, Turn turn) {
        boolean wasHeld = held.remove(turn);
        if (there > size) {
            stop.accept(worker);
            there--;
        } else {
            idle.add(worker);
        }
        return wasHeld;
    }
}

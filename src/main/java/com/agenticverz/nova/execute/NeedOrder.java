package com.agenticverz.nova.execute;

import com.agenticverz.nova.run.Plan;
import com.agenticverz.nova.run.Step;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Which step of a plan may begin next, and which of the others it sees: those that it needs, directly or through others.
 * They are finished by then in every attempt, so that every attempt sees the same. In a sequence each step needs the one
 * before it. Not thread-safe.
 */
final class NeedOrder {

    private final List<Step> steps;
    private final HashMap<String, Integer> places = new HashMap<>();
    private final List<List<Integer>> neededBy = new ArrayList<>();
    private final int[] missing;
    private final BitSet[] sees;
    private final BitSet finished = new BitSet();
    private final PriorityQueue<Integer> ready = new PriorityQueue<>();

    NeedOrder(Plan plan) {
        steps = plan.steps();
        missing = new int[steps.size()];
        sees = new BitSet[steps.size()];
        for (int i = 0; i < steps.size(); i++) {
            places.put(steps.get(i).id(), i);
            neededBy.add(new ArrayList<>());
            sees[i] = new BitSet();
        }
        boolean sequence = plan.isSequence();
        for (int i = 0; i < steps.size(); i++) {
            if (sequence && i > 0) {
                needs(i, i - 1);
            }
            for (var needed : steps.get(i).needs()) {
                needs(i, place(needed));
            }
            if (missing[i] == 0) {
                ready.add(i);
            }
        }
        see();
    }

    private void needs(int step, int needed) {
        neededBy.get(needed).add(step);
        missing[step]++;
    }

    private int place(String id) {
        var place = places.get(id);
        if (place == null) {
            throw new IllegalArgumentException("a step needs " + id + ", which is none of the plan");
        }
        return place;
    }

    /** From each step to those that need it, once everything that it sees itself is known. */
    private void see() {
        var left = missing.clone();
        var known = new ArrayDeque<>(ready);
        while (!known.isEmpty()) {
            int step = known.remove();
            for (int other : neededBy.get(step)) {
                sees[other].or(sees[step]);
                sees[other].set(step);
                if (--left[other] == 0) {
                    known.add(other);
                }
            }
        }
    }

    /** The first one in the plan that may begin, and begins now; null: none, until another one is finished. */
    @Nullable
    Step next() {
        while (!ready.isEmpty()) {
            int place = ready.remove();
            // What an earlier attempt has finished need not wait for its turn.
            if (!finished.get(place)) {
                return steps.get(place);
            }
        }
        return null;
    }

    /** Those that need it may begin, when they need nothing else. */
    void finished(Step step) {
        int place = place(step.id());
        finished.set(place);
        for (int other : neededBy.get(place)) {
            if (--missing[other] == 0) {
                ready.add(other);
            }
        }
    }

    /** Whether all but one are finished. */
    boolean onlyOneIsLeft() {
        return finished.cardinality() == steps.size() - 1;
    }

    /** The steps whose outputs a step sees, in the order of the plan. */
    List<Step> seenBy(Step step) {
        return sees[place(step.id())].stream().mapToObj(steps::get).toList();
    }
}

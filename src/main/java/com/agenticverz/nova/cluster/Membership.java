package com.agenticverz.nova.cluster;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Who is a member of the cluster, as far as this node knows; a member is one incarnation of a process, by the unique id
 * that the cluster gives it. Thread-safe: written by {@link Formation}, read by whoever wants to know.
 */
public final class Membership {

    private final Set<Long> present = ConcurrentHashMap.newKeySet();
    private final Set<Long> unreachable = ConcurrentHashMap.newKeySet();
    private final Set<Long> removed = ConcurrentHashMap.newKeySet();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

    /** A member has come, in whatever state. */
    void present(long memberUid) {
        present.add(memberUid);
        changed();
    }

    /** A member does not answer, or answers again. */
    void reachable(long memberUid, boolean answers) {
        if (answers) {
            unreachable.remove(memberUid);
        } else {
            unreachable.add(memberUid);
        }
        changed();
    }

    /** A member is gone for good: an incarnation that was removed never comes back. */
    void removed(long memberUid) {
        removed.add(memberUid);
        present.remove(memberUid);
        unreachable.remove(memberUid);
        changed();
    }

    private void changed() {
        listeners.forEach(Runnable::run);
    }

    /** Whether it is a member now. */
    public boolean isMember(long memberUid) {
        return present.contains(memberUid);
    }

    /** Whether it is a member that answers. */
    public boolean isReachable(long memberUid) {
        return present.contains(memberUid) && !unreachable.contains(memberUid);
    }

    /** Whether it was a member once, and was removed while this node was one: it left, or it was given up. */
    public boolean wasRemoved(long memberUid) {
        return removed.contains(memberUid);
    }

    /** How many members there are. */
    public int size() {
        return present.size();
    }

    /**
     * Tells of every change, on the thread that made it.
     *
     * @return ends that
     */
    public Runnable onChange(Runnable listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }
}

package com.agenticverz.nova.cluster;

/** A membership as a test wants it. */
public final class TestMembership {

    private final Membership membership = new Membership();

    /** What the code under test reads. */
    public Membership membership() {
        return membership;
    }

    /** Members that answer. */
    public TestMembership with(long... memberUids) {
        for (long memberUid : memberUids) {
            membership.present(memberUid);
            membership.reachable(memberUid, true);
        }
        return this;
    }

    /** It does not answer for now. */
    public void unreachable(long memberUid) {
        membership.reachable(memberUid, false);
    }

    /** It answers again. */
    public void reachable(long memberUid) {
        membership.reachable(memberUid, true);
    }

    /** It is gone for good. */
    public void removed(long memberUid) {
        membership.removed(memberUid);
    }
}

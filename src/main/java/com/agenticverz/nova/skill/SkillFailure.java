package com.agenticverz.nova.skill;

/** A failure of a skill that says whether another attempt makes sense. */
public final class SkillFailure extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final boolean retryable;

    private SkillFailure(String message, boolean retryable) {
        super(message);
        this.retryable = retryable;
    }

    /** Another attempt could end otherwise. */
    public static SkillFailure retryable(String message) {
        return new SkillFailure(message, true);
    }

    /** No attempt will ever end otherwise: bad params, a thing that does not exist. */
    public static SkillFailure permanent(String message) {
        return new SkillFailure(message, false);
    }

    /** Whether another attempt makes sense. */
    public boolean isRetryable() {
        return retryable;
    }
}

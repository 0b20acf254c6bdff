package com.agenticverz.nova.skill;

import java.util.List;

/** A plan that cannot be executed as it stands. */
public final class InvalidPlanException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    InvalidPlanException(List<String> problems) {
        super("invalid plan: " + String.join("; ", problems));
    }
}

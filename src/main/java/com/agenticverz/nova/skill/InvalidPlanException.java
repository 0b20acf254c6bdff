package com.agenticverz.nova.skill;

import java.util.List;

/** A plan that cannot be executed as it stands. */
public final class InvalidPlanException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient List<String> problems;

    InvalidPlanException(List<String> problems) {
        super("invalid plan: " + String.join("; ", problems));
        this.problems = List.copyOf(problems);
    }

    /** Everything that is wrong, each with its place as a JSON pointer. */
    public List<String> problems() {
        return problems;
    }
}

package com.agenticverz.nova.skill;

import java.io.Serial;
import java.util.List;

/** The skills of a node cannot be had as they are. The message has one line for each problem and needs no stack trace. */
public final class InvalidSkillsException extends IllegalArgumentException {

    @Serial
    private static final long serialVersionUID = 1;

    private final transient List<String> problems;

    InvalidSkillsException(List<String> problems) {
        super(String.join("\n", problems));
        this.problems = List.copyOf(problems);
    }

    /** Everything that is wrong: where, with what, and why; without full stops. */
    public List<String> problems() {
        return problems;
    }
}

package com.agenticverz.nova.claim;

/** Whether agents take turns. */
public enum Fairness {
    /** No: the queue is served in its order, whoever its runs belong to. */
    OFF,
    /** One run of each agent that has any, in turn. */
    ROUND_ROBIN,
    /** As often as their weights say: an agent of weight 2 twice as often as one of weight 1. */
    WEIGHTED
}

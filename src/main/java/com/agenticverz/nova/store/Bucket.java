package com.agenticverz.nova.store;

/**
 * How far the starts of an agent, a skill or a concurrency key have used up what their limit allows.
 *
 * @param kind of what
 * @param name which one
 * @param fullInMicros the time until everything is allowed again
 */
public record Bucket(Limit.Kind kind, String name, long fullInMicros) {}

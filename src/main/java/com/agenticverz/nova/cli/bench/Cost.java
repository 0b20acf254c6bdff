package com.agenticverz.nova.cli.bench;

import org.jspecify.annotations.Nullable;

/**
 * What some runs cost, all together. It includes whatever else this process and the server did at the time.
 *
 * @param novaCpuMicros of this process
 * @param postgresCpuMicros null: it cannot be read
 * @param walBytes null: the role may not ask
 */
record Cost(
        double novaCpuMicros,
        @Nullable Double postgresCpuMicros,
        @Nullable Double walBytes) {

    static final Cost NONE = new Cost(0, 0.0, 0.0);

    Cost plus(Cost other) {
        return new Cost(
                novaCpuMicros + other.novaCpuMicros,
                sum(postgresCpuMicros, other.postgresCpuMicros),
                sum(walBytes, other.walBytes));
    }

    private static @Nullable Double sum(@Nullable Double one, @Nullable Double other) {
        return one == null || other == null ? null : (Double) (one + other);
    }
}

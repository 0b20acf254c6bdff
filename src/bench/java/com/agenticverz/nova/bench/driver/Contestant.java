package com.agenticverz.nova.bench.driver;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Set;

/** Who is measured. */
interface Contestant {

    /** As the table and the command line call it. */
    String name();

    /** What can be measured of it. */
    Set<Figure> figures();

    /**
     * Measures once.
     *
     * @param server where it gets a new database
     * @return the fields that {@link Table} reads, and {@code version} and {@code settings} where it says them
     * @throws BenchFailure instead of a number that nobody should believe
     */
    ObjectNode measure(Figure figure, Sizes sizes, Server server);
}

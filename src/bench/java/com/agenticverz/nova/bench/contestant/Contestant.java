package com.agenticverz.nova.bench.contestant;

import java.util.function.IntConsumer;

/** A job queue, set up as its documentation recommends for throughput. Its jobs do nothing but call a handler. */
interface Contestant {

    /**
     * What the driver has to know.
     *
     * @param settings those that differ from the defaults, for the table
     * @param unfinished a query with a row for each job that is not done, so that the driver sees when the last is
     */
    record About(String version, String settings, String unfinished) {}

    /** Makes the schema. */
    About setup() throws Exception;

    /** Starts to execute jobs, each of which calls the handler with its number. */
    void work(IntConsumer handled) throws Exception;

    /** Adds jobs numbered from 0 that no worker sees before {@link #release}. */
    void fill(int jobs) throws Exception;

    /** Lets the workers have them. */
    void release() throws Exception;

    /** Adds one job, as an application does. */
    void enqueueOne(int id) throws Exception;

    /** Adds many jobs by one connection, as its documentation recommends for many. */
    void enqueue(int jobs) throws Exception;

    /** Ends in order: what was not begun is back in the queue. */
    void stop() throws Exception;
}

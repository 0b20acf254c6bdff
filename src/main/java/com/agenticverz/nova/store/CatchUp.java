package com.agenticverz.nova.store;

/** What becomes of the ticks of a schedule that nobody saw in time, as while no node ran. */
public enum CatchUp {
    /** They are left out. */
    NONE,
    /** The newest of them gets its run. */
    LAST,
    /** Each of them gets its run, up to a bound. */
    ALL
}

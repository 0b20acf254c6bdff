package com.agenticverz.nova.run;

import com.agenticverz.nova.store.Database;

/** Breaks the order of the packages, for {@code ArchitectureTest}. */
public final class ImportsUphill {
    Database database;
}

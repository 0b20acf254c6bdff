package com.agenticverz.nova.run;

import com.agenticverz.nova.store.NewRun;

/** Breaks the order of the packages, for {@code ArchitectureTest}. */
public final class ImportsUphill {
    NewRun run;
}

package com.agenticverz.nova.settle;

import com.agenticverz.nova.execute.Demand;

/** Breaks the order of the packages, for {@code ArchitectureTest}. */
public final class ImportsUphill {
    Demand demand;
}

package com.agenticverz.nova.cluster;

import com.agenticverz.nova.Nova;

/** Breaks the order of the packages, for {@code ArchitectureTest}. */
public final class ImportsTheTop {
    Class<?> top = Nova.class;
}

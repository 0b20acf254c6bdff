package com.agenticverz.nova.setting;

import com.fasterxml.jackson.databind.ObjectMapper;

/** Breaks a rule, for {@code ArchitectureTest}. */
public final class ImportsSidewards {
    ObjectMapper json;
}

package com.agenticverz.nova.store;

import org.jspecify.annotations.Nullable;

public record DatabaseUrl(
        String jdbcUrl, @Nullable String user, @Nullable String password) {}

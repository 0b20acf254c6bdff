package com.agenticverz.nova.store;

import org.jspecify.annotations.Nullable;

/** JSON as its user writes and reads it: this package has none of its own. */
public interface ForeignJson {

    /** @throws IllegalArgumentException when the text is not JSON */
    @Nullable
    Object read(String json);

    /** @throws IllegalArgumentException when the value has no JSON form */
    String write(@Nullable Object value);
}

package com.agenticverz.nova.store;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a statement on a {@link ForeignSource} returned.
 *
 * @param columns their names, in the order of the statement; empty where it returns no rows
 * @param rows values by the names of their columns, as JSON values: numbers, text, booleans, lists, maps, null
 * @param count of the rows; of a statement that returns none, how many it changed
 */
public record ForeignRows(List<String> columns, List<Map<String, @Nullable Object>> rows, long count) {}

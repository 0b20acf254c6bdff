package com.agenticverz.nova.store;

import com.agenticverz.nova.run.Fence;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A run that counts for limits: one that is claimed, whether or not it is marked.
 *
 * @param fence the run and its claim; claim 0: it was marked by hand
 * @param agentId who it belongs to
 * @param concurrencyKey what bounds it together with others; null: nothing
 * @param skills the skills of its plan, each once; empty where they were not asked for
 */
public record InUse(Fence fence, String agentId, @Nullable String concurrencyKey, List<String> skills) {}

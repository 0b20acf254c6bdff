package com.agenticverz.nova.store;

import com.agenticverz.nova.run.Fence;
import java.time.Duration;

/**
 * A run that lasts.
 *
 * @param fence what the mark must still find
 * @param age the time since its attempt began
 */
public record Mark(Fence fence, Duration age) {}

/** Where the process enters: {@link com.agenticverz.nova.Launcher} for any Java, {@link com.agenticverz.nova.Nova} for 25. */
@NullMarked
package com.agenticverz.nova;

import org.jspecify.annotations.NullMarked;

/**
 * The contestants that run on the JVM, each a process of its own. {@link
 * com.agenticverz.nova.bench.contestant.Conversation} is the same as {@code conversation.mjs} of those on Node.js.
 */
@NullMarked
package com.agenticverz.nova.bench.contestant;

import org.jspecify.annotations.NullMarked;

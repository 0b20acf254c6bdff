/**
 * The skills that come with Nova. They see what skills of users see, and no actors, claims or tables; statements of {@code
 * sql_query} go through {@link com.agenticverz.nova.store.ForeignSource}.
 *
 * <p>What is wrong with params fails the step for good, with one line; what is wrong with settings stops the start.
 */
@NullMarked
package com.agenticverz.nova.skill.builtin;

import org.jspecify.annotations.NullMarked;

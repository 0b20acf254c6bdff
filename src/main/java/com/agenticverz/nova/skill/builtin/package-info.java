/** The skills that come with Nova. */
@NullMarked
package com.agenticverz.nova.skill.builtin;

import org.jspecify.annotations.NullMarked;

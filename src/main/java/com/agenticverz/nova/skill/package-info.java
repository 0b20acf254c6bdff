/**
 * What steps can do: the {@link com.agenticverz.nova.skill.Skill} interface that users implement, the registry that
 * finds and configures them, the reader of plans that call them, and the built-in ones.
 *
 * <p>A skill sees JSON as the JDK's own values and a context; it knows nothing of actors, claims or the database, and
 * nothing of it is trusted: whatever it throws ends as a failed step, whatever it returns is checked to be JSON before
 * it is settled, and how long it takes is watched from outside.
 */
@NullMarked
package com.agenticverz.nova.skill;

import org.jspecify.annotations.NullMarked;

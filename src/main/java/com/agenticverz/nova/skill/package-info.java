/**
 * What steps can do: the {@link com.agenticverz.nova.skill.Skill} interface that users implement, the registry that
 * finds and configures them, the reader of plans that call them, and the built-in ones.
 *
 * <p>A skill sees JSON as the JDK's own values and a context; it knows nothing of actors, claims or the database, and
 * nothing of it is trusted: whatever it throws ends as a failed step, whatever it returns is checked to be JSON before
 * it is settled, and how long it takes is watched from outside.
 *
 * <p>Skills come from the class path, or from the directory {@link com.agenticverz.nova.skill.SkillSettings} names: each
 * jar in it, and each directory of jars, has a class loader of its own, which sees the JDK, this package and slf4j, and
 * nothing else of Nova. So two skills may bring two versions of a library. It is also the context class loader of the
 * thread while code of the skill runs. Classes stay loaded as long as the node lives. What cannot be loaded stops the
 * start, and all of it is said at once ({@link com.agenticverz.nova.skill.InvalidSkillsException}).
 *
 * <p>Secrets are named by a plan and had by the node ({@link com.agenticverz.nova.skill.Secrets}). They are put into
 * the params after all references were filled in, within the call of the skill, so that nothing that a step has put out is
 * ever taken for a reference to one. What comes back from that call is rid of their values before anybody else sees it: the
 * table, the log, and the references of later steps, which so see the same in whatever attempt. A step without secrets
 * does none of that.
 */
@NullMarked
package com.agenticverz.nova.skill;

import org.jspecify.annotations.NullMarked;

/**
 * The commands, a file each: flags become settings, settings become one call. No command holds logic of its own; what it
 * prints is for people, on stdout, and what goes wrong is one line on stderr and an exit code that is not 0.
 * What changes how the cluster is steered says who gave the command: {@link com.agenticverz.nova.cli.CommandActor}.
 */
@NullMarked
package com.agenticverz.nova.cli;

import org.jspecify.annotations.NullMarked;

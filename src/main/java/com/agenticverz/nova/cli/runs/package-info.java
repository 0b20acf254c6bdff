/**
 * The commands of {@code runs}: what the runbook does by hand. Each is one or two statements that are safe at any moment
 * against a live cluster; what a node does meanwhile with such a run is fenced out.
 */
@NullMarked
package com.agenticverz.nova.cli.runs;

import org.jspecify.annotations.NullMarked;

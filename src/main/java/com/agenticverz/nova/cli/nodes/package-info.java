/**
 * The commands of {@code nodes}: look at nodes, and say while they run how many runs each executes at once and whether it
 * takes any. Each writes what is wanted into one table; the nodes hear of it with their next heartbeat.
 */
@NullMarked
package com.agenticverz.nova.cli.nodes;

import org.jspecify.annotations.NullMarked;

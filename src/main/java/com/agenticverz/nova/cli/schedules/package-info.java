/**
 * The commands of {@code schedules}. Each is one statement on their table, which the poller follows at once; what it is to
 * be is checked before as {@code enqueue.ScheduleReader} does for all. The audit log names who gave the command.
 */
@NullMarked
package com.agenticverz.nova.cli.schedules;

import org.jspecify.annotations.NullMarked;

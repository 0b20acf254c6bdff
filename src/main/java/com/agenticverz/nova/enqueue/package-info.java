/**
 * How runs get into the queue from Java: what describes a run is checked as a whole, plan included, before anything is
 * written. A plain {@code INSERT} does the same without the check; its bad plans fail when they are executed.
 *
 * <p>Failure: a run that is not valid is refused with every problem at once. Of many, the bad ones are reported with
 * their line and the good ones enqueued; when the database is lost in between, the caller learns up to which line
 * everything is dealt with.
 */
@NullMarked
package com.agenticverz.nova.enqueue;

import org.jspecify.annotations.NullMarked;

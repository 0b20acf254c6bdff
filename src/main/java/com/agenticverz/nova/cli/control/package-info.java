/**
 * The commands that steer the cluster while it runs: what is paused, what is limited, and who has changed that. Each changes
 * one row, at once and for good; the tables tell the poller, and the audit log who it was.
 */
@NullMarked
package com.agenticverz.nova.cli.control;

import org.jspecify.annotations.NullMarked;

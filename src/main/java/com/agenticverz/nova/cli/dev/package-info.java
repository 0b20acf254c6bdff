/**
 * What {@code dev} needs beside a node: a PostgreSQL of its own, sample runs, and a line that shows how they get on.
 *
 * <p>Authority: the folder, which one process at a time holds by a file lock. The server in it is started by {@code
 * pg_ctl}, in a session of its own, so that a Ctrl-C in the terminal reaches Nova and not PostgreSQL: the node drains
 * into a database that is still there, and the server is stopped last.
 *
 * <p>Failure: a {@code dev} that was killed leaves its server running. The next one stops it and starts it anew; it
 * never runs two on the same data. What cannot be started ends the command with one line and the name of the log.
 */
@NullMarked
package com.agenticverz.nova.cli.dev;

import org.jspecify.annotations.NullMarked;

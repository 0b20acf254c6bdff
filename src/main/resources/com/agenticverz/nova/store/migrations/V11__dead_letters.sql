-- Dead letters: runs that have failed, the last first, and which of them have been run again.
--
-- As in V7 the indexes are built while nobody can write to runs: each reads the table once, a matter of seconds for each
-- ten million rows. Who has more of them than that builds both beforehand, CONCURRENTLY and under these names, as
-- operations.md says. Nothing is in them of a run that succeeds and repeats none: its settlement costs what it did.

-- By the moment at which they failed; by that of their creation where somebody has ended one by hand and did not say when.
CREATE INDEX IF NOT EXISTS runs_failed ON runs (coalesce(completed_at, created_at), id) WHERE status = 'failed';

-- Whether a run has been run again. Not unique: it may be on purpose, more than once.
CREATE INDEX IF NOT EXISTS runs_by_parent ON runs (parent_run_id) WHERE parent_run_id IS NOT NULL;

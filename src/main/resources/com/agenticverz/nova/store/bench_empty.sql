-- Forgets the runs, their dead versions and their index entries, so that each repetition begins alike. Not the claims in
-- the same breath: a heartbeat that reads both, in the other order, would be a deadlock.
TRUNCATE runs

-- Waits for every claim of picked runs that is still being written, whoever writes it: each locks this row (claim_picked.sql).
-- Made before what is in use is read, in its transaction: a statement sees what was written before it began. No row: the
-- lease has changed hands.
SELECT 1 FROM leases WHERE name = 'poller' AND epoch = :epoch FOR UPDATE

-- Waits for every claim of picked runs that is still being written, whoever writes it: each locks this row (claim_picked.sql).
-- Sent before in_use.sql, in one message and so in one transaction: that one sees what was written before it began, which is
-- after this one has waited. No row: the lease has changed hands.
SELECT 1 FROM leases WHERE name = 'poller' AND epoch = :epoch FOR UPDATE

-- Before retry_again.sql, in its transaction: of two that repeat the same run at once, the second waits here for the end of
-- the first. Its next statement sees what that one has committed, which this one, begun before, would not.
SELECT id FROM runs WHERE id = ANY (CAST(:ids AS uuid[])) ORDER BY id FOR NO KEY UPDATE

-- Lets claims go that nobody works on. Their runs are queued as they were: nothing else is to be written.
DELETE FROM claims WHERE id = ANY (CAST(:claim_ids AS bigint[])) AND node_id = :node

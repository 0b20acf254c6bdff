-- What became of runs whose write was fenced out; a deleted run is missing.
SELECT id, agent_id, status, attempts, claim_id FROM runs WHERE id = ANY (CAST(:ids AS uuid[]))

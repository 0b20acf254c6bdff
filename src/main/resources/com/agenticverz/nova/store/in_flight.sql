-- Every run that a claim still lists, with its attempts at that moment.
SELECT c.id AS claim_id, c.node_id, l.id, l.attempts
FROM claims c CROSS JOIN LATERAL unnest(c.run_ids, c.attempts) AS l (id, attempts)

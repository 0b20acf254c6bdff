-- What a node holds by the tables, and how old the claims are. One statement, so one snapshot: a run on its way from
-- claimed to marked is in it once.
SELECT c.id AS claim_id, l.id, false AS marked,
       (extract(epoch FROM now() - c.claimed_at) * 1000)::bigint AS claim_age_ms
FROM claims c CROSS JOIN LATERAL unnest(c.run_ids) AS l (id)
WHERE c.node_id = :node
UNION ALL
SELECT claim_id, id, true, NULL FROM runs WHERE status = 'running' AND claimed_by = :node
  -- Left out at times: it walks over the dead index entries of all that this node ever marked.
  AND :with_marked

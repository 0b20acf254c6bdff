-- What a claim gives its node to execute, for a claim too large for a message. Nothing when its row is gone.
SELECT r.id, r.agent_id, r.plan, r.attempts, coalesce(r.max_attempts, :default_max_attempts) AS max_attempts,
       r.timeout_seconds,
       -- Until the claim, like that of a run that came with the message.
       greatest(0, extract(epoch FROM c.claimed_at - greatest(r.created_at, r.next_attempt_at)) * 1000)::bigint AS waited_ms
FROM claims c
CROSS JOIN LATERAL unnest(c.run_ids, c.attempts) AS l (id, attempts)
JOIN runs r ON r.id = l.id
WHERE c.id = :claim_id AND c.node_id = :node
  -- As it was claimed: what was cancelled or reset by hand since would be executed for nothing, its end fenced out.
  AND r.status = 'queued' AND r.attempts = l.attempts
ORDER BY -r.priority, r.created_at, r.id

-- The newest runs. Sent with its values in place, so that a status finds its index.
SELECT to_jsonb(r) - 'plan' - 'result' AS run FROM runs r
WHERE (CAST(:status AS text) IS NULL OR r.status = :status)
  AND (CAST(:agent_id AS text) IS NULL OR r.agent_id = :agent_id)
ORDER BY r.id DESC
LIMIT :limit

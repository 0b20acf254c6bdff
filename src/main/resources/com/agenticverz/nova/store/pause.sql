-- Pauses all, an agent or a skill. What is paused already keeps its moment, and its reason where no other is given.
INSERT INTO pauses AS p (kind, name, reason) VALUES (:kind, :name, :reason)
ON CONFLICT (kind, name) DO UPDATE SET reason = coalesce(excluded.reason, p.reason)
RETURNING row_to_json(p) AS row, NOT EXISTS (SELECT FROM pauses w WHERE w.kind = :kind AND w.name = :name) AS is_new

-- Says what queued runs wait for. What was said before keeps its moment.
WITH waits AS MATERIALIZED (
  SELECT kind, name FROM unnest(CAST(:kinds AS text[]), CAST(:names AS text[])) AS w (kind, name)
  WHERE EXISTS (SELECT FROM leases WHERE name = 'poller' AND epoch = :epoch)
), over AS (
  DELETE FROM queue_waits q
  WHERE NOT EXISTS (SELECT FROM waits w WHERE w.kind = q.kind AND w.name = q.name)
    AND EXISTS (SELECT FROM leases WHERE name = 'poller' AND epoch = :epoch)
)
INSERT INTO queue_waits (kind, name) SELECT kind, name FROM waits ON CONFLICT DO NOTHING

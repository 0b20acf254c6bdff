-- Deletes those of the next runs by id that have ended long enough ago, and says from which id on to go on. No index finds
-- them: one on the moment of their end would cost each settlement. What stands beside a run goes by the triggers of V4 to
-- V6.
WITH chunk AS MATERIALIZED (
  SELECT id FROM runs WHERE id >= :from ORDER BY id LIMIT :limit
), old AS MATERIALIZED (
  SELECT r.id FROM runs r
  WHERE r.id = ANY (ARRAY(SELECT id FROM chunk))
    -- NULL, and so never true, for a status that is kept, for one that is no end, and for a run that somebody has ended by
    -- hand without a moment.
    AND r.completed_at < now() - interval '1 millisecond'
                         * CASE r.status WHEN 'succeeded' THEN CAST(:succeeded_ms AS bigint)
                                         WHEN 'cancelled' THEN CAST(:cancelled_ms AS bigint)
                                         WHEN 'failed' THEN CAST(:failed_ms AS bigint) END
    -- A re-run stays as long as what it repeats: without it, that would look like one that nobody has run again.
    AND NOT EXISTS (SELECT FROM runs p WHERE p.id = r.parent_run_id)
    AND EXISTS (SELECT FROM leases WHERE name = 'poller' AND epoch = :epoch)
  -- With the conditions: of a row that somebody changed meanwhile they are looked at again. One that is locked stays
  -- until the next pass.
  FOR UPDATE OF r SKIP LOCKED
), deleted AS (
  -- They are locked, so that they are still as they were looked at; and no join: none is right for any number of rows.
  DELETE FROM runs WHERE id = ANY (ARRAY(SELECT id FROM old))
  RETURNING 1
), clock AS (
  SELECT (extract(epoch FROM now()) * 1000)::bigint AS now_ms
), place AS (
  SELECT (SELECT count(*) FROM chunk) AS looked, (SELECT id FROM chunk ORDER BY id DESC LIMIT 1) AS last,
         -- Ids of version 7 begin with the millisecond in which they were made. What was made after this one cannot be old
         -- enough, so the pass leaves it out; an id of another kind that falls among them is found once that moment has
         -- passed.
         CAST(lpad(to_hex(now_ms - least(CAST(:succeeded_ms AS bigint), CAST(:cancelled_ms AS bigint),
                                         CAST(:failed_ms AS bigint))), 12, '0') || rpad('7', 20, '0') AS uuid) AS young,
         CAST(lpad(to_hex(now_ms + 86400000), 12, '0') || rpad('7', 20, '0') AS uuid) AS after_young
  FROM clock
)
SELECT looked, (SELECT count(*) FROM deleted) AS deleted,
       CASE WHEN looked < :limit THEN NULL WHEN last >= young AND last < after_young THEN after_young ELSE last END AS next
FROM place

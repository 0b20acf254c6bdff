-- How long it takes until buckets are full again; those that are full say nothing, and go.
WITH full_again AS (
  DELETE FROM limit_buckets WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM limit_buckets WHERE full_at < now() - interval '1 minute'
    -- What somebody has locked goes another time.
    FOR UPDATE SKIP LOCKED))
)
SELECT kind, name, (extract(epoch FROM full_at - now()) * 1000000)::bigint AS full_in_us
FROM limit_buckets WHERE full_at > now() AND isfinite(full_at)

-- Takes a lease that is free, expired, or one's own; the epoch rises. Returns nothing while another owner holds it.
INSERT INTO leases (name, owner, epoch, expires_at)
VALUES (:name, :owner, 1, now() + :ttl_ms * interval '1 millisecond')
ON CONFLICT (name) DO UPDATE
SET owner = excluded.owner, epoch = leases.epoch + 1, expires_at = excluded.expires_at, idle = false
WHERE leases.owner = excluded.owner OR leases.expires_at < now()
RETURNING epoch

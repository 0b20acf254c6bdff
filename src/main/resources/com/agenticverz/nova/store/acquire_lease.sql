-- Takes a lease that is free, expired, or one's own; the epoch rises. Returns nothing while another owner holds it.
INSERT INTO leases (name, owner, epoch, expires_at)
VALUES (:name, :owner, 1, now() + :ttl_ms * interval '1 millisecond')
ON CONFLICT (name) DO UPDATE
SET owner = excluded.owner, epoch = leases.epoch + 1, expires_at = excluded.expires_at, idle = false
WHERE leases.owner = excluded.owner OR leases.expires_at < now()
  -- Nobody holds a lease for so long: the clock was put back. An owner who lives renews it within a moment.
  OR leases.expires_at > now() + 2 * :ttl_ms * interval '1 millisecond'
RETURNING epoch

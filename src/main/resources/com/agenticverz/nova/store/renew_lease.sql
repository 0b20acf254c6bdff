-- Renews a lease that is still one's own, even past its end: what nobody took is not lost. But not one that was let
-- go: a renewal on its way beside the release would keep the next owner waiting for nobody.
UPDATE leases SET expires_at = now() + :ttl_ms * interval '1 millisecond'
WHERE name = :name AND owner = :owner AND epoch = :epoch AND isfinite(expires_at)

-- Renews a lease that is still one's own, even past its end: what nobody took is not lost.
UPDATE leases SET expires_at = now() + :ttl_ms * interval '1 millisecond'
WHERE name = :name AND owner = :owner AND epoch = :epoch

-- Lets a lease go, so that the next owner need not wait for its end.
UPDATE leases SET expires_at = '-infinity', idle = false WHERE name = :name AND owner = :owner AND epoch = :epoch

-- Lets a lease go, under whatever epoch its owner has it.
UPDATE leases SET expires_at = '-infinity' WHERE name = :name AND owner = :owner

-- One node at a time decides whether there is a cluster to join. A lock of the transaction, so it survives PgBouncer and
-- ends with its holder, whatever happens to that.
SELECT pg_advisory_xact_lock(:key)

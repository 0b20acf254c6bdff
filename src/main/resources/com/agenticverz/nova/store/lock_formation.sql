-- One node at a time decides whether there is a cluster to join. A lock of the transaction, so it survives PgBouncer and
-- ends with its holder. Whoever is stopped while it holds it, or whose host loses its power, loses it after two seconds:
-- nobody could begin or join a cluster meanwhile. And nobody waits for longer than the driver does.
SELECT set_config('lock_timeout', '2s', true), set_config('idle_in_transaction_session_timeout', '2s', true),
       pg_advisory_xact_lock(:key)

-- Takes the snapshot of this transaction, and says from which transaction on nothing may be vacuumed because of it.
SELECT backend_xmin::text FROM pg_stat_activity WHERE pid = pg_backend_pid()

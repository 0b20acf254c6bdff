-- The bytes of WAL that the server has written since its data was made.
SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint

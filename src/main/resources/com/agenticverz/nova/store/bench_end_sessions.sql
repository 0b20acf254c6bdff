-- Ends the sessions of Nova that still lock a table of the schema: an insert of a million runs would hold up its end.
-- Nobody else's: a dump of the database locks every table too.
SELECT count(pg_terminate_backend(a.pid)) AS ended
FROM pg_stat_activity a
WHERE a.datname = current_database() AND a.usename = current_user AND a.backend_type = 'client backend'
  AND a.application_name LIKE 'nova%' AND a.pid <> pg_backend_pid()
  AND EXISTS (SELECT FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
              WHERE l.pid = a.pid AND l.locktype = 'relation'
                AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = :schema))

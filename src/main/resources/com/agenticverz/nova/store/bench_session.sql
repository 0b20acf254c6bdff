-- Prepares a session that takes its time, whatever limits the role has. A lock that somebody else keeps ends it all the
-- same. From pg_settings, because not every version has each of them.
SELECT set_config(name, CASE name WHEN 'lock_timeout' THEN '10s' ELSE '0' END, false)
FROM pg_settings
WHERE name IN ('lock_timeout', 'statement_timeout', 'transaction_timeout', 'idle_session_timeout',
               'idle_in_transaction_session_timeout')

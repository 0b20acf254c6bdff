-- Somebody may have locked a run and gone home: the statements of this transaction fail then.
SELECT set_config('lock_timeout', '2s', true)

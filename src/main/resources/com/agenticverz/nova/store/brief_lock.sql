-- Somebody may have locked a row and gone home: the statements of this transaction fail then. Where it is sent with the
-- statement that follows, in one message, that is a transaction.
SELECT set_config('lock_timeout', '2s', true)

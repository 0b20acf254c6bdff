-- Sent with the statement that follows, in one message and so in one transaction: it finds its rows by index. The planner
-- would rather read a whole table or index where its statistics are old: it takes a queue that was analyzed while it was
-- empty for an empty one, and sorts a million runs to claim eight.
-- Once it has them, it joins them by hash: as few as it may take them for, there may be a thousand on either side.
SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
       set_config('enable_nestloop', 'off', true),
       -- Before PostgreSQL 18 a path that is off but the only one costs so much that it would be compiled each time.
       set_config('jit', 'off', true),
       -- One plan for all values. With the above it is the one that any values would get, and needs to be made but once for
       -- a statement that is prepared.
       set_config('plan_cache_mode', 'force_generic_plan', true),
       -- Somebody may have locked a run and gone home. The statement fails then and is tried again, with fewer runs in it,
       -- instead of holding up all others. Longer than the default deadlock_timeout, so that a deadlock is still called one.
       set_config('lock_timeout', '2s', true)

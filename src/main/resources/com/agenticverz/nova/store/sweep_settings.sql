-- Sent with sweep.sql, in one transaction, as by_index.sql is with others, and for its reasons. But nested loops are what
-- it wants: the triggers that delete what stands beside a run join a few thousand rows with tables of any size, and would
-- read such a table from end to end without them.
SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
       set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
       set_config('jit', 'off', true),
       -- Nobody waits for a sweep, and it waits for nobody: what is locked stays until the next pass.
       set_config('lock_timeout', '1s', true)

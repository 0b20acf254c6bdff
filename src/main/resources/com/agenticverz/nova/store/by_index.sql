-- Sent with the statement that follows, in one message and so in one transaction: it goes through the rows by index.
-- The planner would rather read a whole table or index where its statistics are old: it takes a queue that was analyzed
-- while it was empty for an empty one, and sorts a million rows to claim eight.
SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
       set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)

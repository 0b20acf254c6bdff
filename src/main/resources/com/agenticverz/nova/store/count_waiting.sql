-- How many runs wait, for the gauge: two indexes, never the table.
SELECT (SELECT count(*) FROM runs WHERE status = 'queued') + (SELECT count(*) FROM runs WHERE status = 'retry')

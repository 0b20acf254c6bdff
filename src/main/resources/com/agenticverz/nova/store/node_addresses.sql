-- Where nodes are, those that are there.
SELECT DISTINCT address FROM nodes ORDER BY address

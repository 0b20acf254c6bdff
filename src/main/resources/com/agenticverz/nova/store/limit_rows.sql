-- The limits, for people.
SELECT row_to_json(l) AS row FROM limits l ORDER BY kind, pattern COLLATE "C"

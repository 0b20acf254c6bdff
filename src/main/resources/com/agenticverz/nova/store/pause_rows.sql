-- The pauses, for people.
SELECT row_to_json(p) AS row FROM pauses p ORDER BY kind, name COLLATE "C"

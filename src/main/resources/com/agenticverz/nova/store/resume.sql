-- Ends a pause.
DELETE FROM pauses p WHERE kind = :kind AND name = :name RETURNING row_to_json(p) AS row

-- Takes a limit away. What its pattern fitted is under the next most specific one then, if there is one.
DELETE FROM limits l WHERE kind = :kind AND pattern = :pattern RETURNING row_to_json(l) AS row

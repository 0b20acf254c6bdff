-- Schedules as objects by the names of their columns.
SELECT to_jsonb(s) FROM schedules s WHERE CAST(:name AS text) IS NULL OR name = :name ORDER BY name

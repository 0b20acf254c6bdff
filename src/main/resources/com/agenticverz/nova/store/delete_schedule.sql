-- Deletes a schedule. Its runs stay. No row comes back when there is none.
DELETE FROM schedules WHERE name = :name RETURNING name

-- Pauses a schedule or lets it go on, from now on. No row comes back when there is none.
UPDATE schedules SET paused = :paused WHERE name = :name RETURNING name

-- Lets the number of a schema go.
SELECT pg_advisory_unlock(:lock, :number)

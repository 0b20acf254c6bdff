-- Takes the number of a schema, for as long as this session lasts. A bench that is killed lets it go by its end.
SELECT pg_try_advisory_lock(:lock, :number)

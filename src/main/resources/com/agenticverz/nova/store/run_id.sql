-- An id for a run, by the clock of the database.
SELECT nova_run_id()

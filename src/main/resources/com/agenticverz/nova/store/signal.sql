-- Sends a signal to a run.
SELECT nova_signal(:run_id, :name, CAST(:payload AS jsonb), :idempotency_key)

-- In the transaction of its batch: so the log says how many there are, also of a command that died.
UPDATE audit_log SET detail = detail || jsonb_build_object('repeated', CAST(:repeated AS bigint)) WHERE id = :id

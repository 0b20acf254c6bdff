-- Which runs have these idempotency keys.
SELECT idempotency_key, id FROM runs WHERE idempotency_key = ANY (CAST(:idempotency_keys AS text[]))

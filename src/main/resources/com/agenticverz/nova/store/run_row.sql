-- All of one run, and the steps that it has finished, in their order.
SELECT to_jsonb(r) AS run,
       (SELECT coalesce(jsonb_agg(to_jsonb(s) - 'run_id' ORDER BY s.completed_at, s.step_id), '[]')
        FROM run_steps s WHERE s.run_id = r.id) AS steps
FROM runs r WHERE r.id = :id

-- All of one run, the steps that it has finished, in their order, and what its skills have said of steps.
SELECT to_jsonb(r) AS run,
       (SELECT coalesce(jsonb_agg(to_jsonb(s) - 'run_id' ORDER BY s.completed_at, s.step_id), '[]')
        FROM run_steps s WHERE s.run_id = r.id) AS steps,
       (SELECT coalesce(jsonb_agg(to_jsonb(p) - 'run_id' ORDER BY p.updated_at, p.step_id), '[]')
        FROM step_progress p WHERE p.run_id = r.id) AS progress
FROM runs r WHERE r.id = :id

-- Enqueues runs that do nothing.
INSERT INTO runs (agent_id, plan)
SELECT 'bench', '{"steps":[{"skill":"noop"}]}'::jsonb FROM generate_series(1, :runs)

-- Sets a limit. What is not among the given columns stays as it is where there is a row already. The row that is there is
-- read first, too: a row that is proposed has to obey the constraints even where it turns out to be an update.
INSERT INTO limits AS l (kind, pattern, max_running, max_starts, per_seconds, burst, weight)
SELECT a.kind, a.pattern,
       CASE WHEN 'max_running' = ANY (a.given) THEN CAST(:max_running AS int) ELSE was.max_running END,
       CASE WHEN 'max_starts' = ANY (a.given) THEN CAST(:max_starts AS int) ELSE was.max_starts END,
       CASE WHEN 'per_seconds' = ANY (a.given) THEN CAST(:per_seconds AS double precision) ELSE was.per_seconds END,
       CASE WHEN 'burst' = ANY (a.given) THEN CAST(:burst AS int) ELSE was.burst END,
       CASE WHEN 'weight' = ANY (a.given) THEN CAST(:weight AS double precision) ELSE was.weight END
FROM (SELECT CAST(:kind AS text) AS kind, CAST(:pattern AS text) AS pattern, CAST(:given AS text[]) AS given) AS a
  LEFT JOIN limits was ON was.kind = a.kind AND was.pattern = a.pattern
ON CONFLICT (kind, pattern) DO UPDATE SET
  max_running = CASE WHEN 'max_running' = ANY (CAST(:given AS text[])) THEN excluded.max_running ELSE l.max_running END,
  max_starts = CASE WHEN 'max_starts' = ANY (CAST(:given AS text[])) THEN excluded.max_starts ELSE l.max_starts END,
  per_seconds = CASE WHEN 'per_seconds' = ANY (CAST(:given AS text[])) THEN excluded.per_seconds ELSE l.per_seconds END,
  burst = CASE WHEN 'burst' = ANY (CAST(:given AS text[])) THEN excluded.burst ELSE l.burst END,
  weight = CASE WHEN 'weight' = ANY (CAST(:given AS text[])) THEN excluded.weight ELSE l.weight END
RETURNING row_to_json(l) AS row

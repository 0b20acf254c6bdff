-- How long runs waited, from their created_at to their start; both by the clock of the database.
SELECT percentile_disc(0.50) WITHIN GROUP (ORDER BY wait) AS p50,
       percentile_disc(0.95) WITHIN GROUP (ORDER BY wait) AS p95,
       percentile_disc(0.99) WITHIN GROUP (ORDER BY wait) AS p99
FROM (SELECT (extract(epoch FROM started_at - created_at) * 1000)::float8 AS wait FROM runs) AS waits

-- What has become of the runs: how many there are, how many ended as they should, and what is left of their claims.
SELECT count(*) AS runs,
       count(*) FILTER (WHERE status = 'succeeded' AND attempts = 1) AS succeeded_at_once,
       (SELECT count(*) FROM claims) AS claims
FROM runs

-- Skills that are limited or paused, and that no node has. Nothing where there is no node, or one that does not say.
SELECT s.steered_by, s.skill
FROM (SELECT 'limits' AS steered_by, pattern AS skill FROM limits WHERE kind = 'skill' AND position('*' IN pattern) = 0
      UNION ALL
      SELECT 'pauses', name FROM pauses WHERE kind = 'skill') AS s
WHERE EXISTS (SELECT FROM nodes)
  AND NOT EXISTS (SELECT FROM nodes WHERE skills IS NULL OR jsonb_exists(skills, s.skill))
ORDER BY 1, s.skill COLLATE "C"

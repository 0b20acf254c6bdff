-- Which limit holds for each of some names: the name itself, else the longest pattern that fits, the first by its bytes of
-- several. NULL: none does. The poller has the same rule.
SELECT row_to_json(h) AS row
FROM unnest(CAST(:kinds AS text[]), CAST(:names AS text[])) WITH ORDINALITY AS a (kind, name, n)
LEFT JOIN LATERAL (
  SELECT * FROM limits l
  WHERE l.kind = a.kind
    AND a.name LIKE replace(replace(replace(replace(l.pattern, '!', '!!'), '%', '!%'), '_', '!_'), '*', '%') ESCAPE '!'
  ORDER BY (position('*' IN l.pattern) = 0) DESC, length(l.pattern) DESC, l.pattern COLLATE "C"
  LIMIT 1) AS h ON true
ORDER BY a.n

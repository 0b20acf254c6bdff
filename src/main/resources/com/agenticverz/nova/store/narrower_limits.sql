-- The other limits that hold for some of the names which a pattern fits, in its place.
SELECT pattern FROM limits
WHERE kind = :kind AND pattern <> :pattern AND (position('*' IN pattern) = 0 OR length(pattern) >= length(:pattern))
  AND pattern LIKE replace(replace(replace(replace(:pattern, '!', '!!'), '%', '!%'), '_', '!_'), '*', '%') ESCAPE '!'
ORDER BY pattern COLLATE "C"

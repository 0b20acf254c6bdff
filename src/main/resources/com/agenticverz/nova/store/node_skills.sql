-- The skills of each node; NULL: it does not say.
SELECT id, CASE WHEN skills IS NOT NULL THEN ARRAY(SELECT jsonb_object_keys(skills)) END AS skills FROM nodes

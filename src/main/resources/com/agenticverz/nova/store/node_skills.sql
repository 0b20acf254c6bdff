-- The skills of each node; NULL: it does not say, or not so that it can be read.
SELECT id, CASE WHEN jsonb_typeof(skills) = 'object' THEN ARRAY(SELECT jsonb_object_keys(skills)) END AS skills FROM nodes

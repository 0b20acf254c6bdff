-- That somebody repeats runs by a filter; how many, audit_bulk_retry_count.sql adds with each batch.
INSERT INTO audit_log (actor, action, subject_kind, subject, detail)
VALUES (coalesce(nullif(current_setting('nova.actor', true), ''), session_user), 'retry', 'dead_letters', :subject,
        jsonb_strip_nulls(jsonb_build_object('starts_per_second', CAST(:rate AS float8), 'again', CAST(:again AS boolean))))
RETURNING id

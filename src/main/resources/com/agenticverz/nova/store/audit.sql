-- Who has changed what, the newest first.
SELECT row_to_json(a) AS row FROM (
  SELECT id, at, actor, action, subject_kind, subject, detail FROM audit_log
  WHERE (CAST(:subject AS text) IS NULL OR subject_kind = :subject OR position(:subject IN subject) > 0)
    AND (CAST(:since AS timestamptz) IS NULL OR at >= :since)
  ORDER BY id DESC
  LIMIT :limit) AS a
ORDER BY id DESC

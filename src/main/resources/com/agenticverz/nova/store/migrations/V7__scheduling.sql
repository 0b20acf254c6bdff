-- What scheduling needs to know of runs, and what people bound it by while it runs.
--
-- The indexes are built here, while nobody can write to runs, nor read it: a matter of seconds for each ten million rows. Who
-- has more of them than that adds the column expires_at and builds both indexes beforehand, CONCURRENTLY and under these
-- names, as operations.md says.

-- Short, as it may take: no defaults, so that no row is written anew.
ALTER TABLE runs
  -- not started by then, the run is cancelled
  ADD COLUMN IF NOT EXISTS expires_at timestamptz,
  -- runs that share it are bounded together, by limits of the kind 'key'
  ADD COLUMN concurrency_key text;
-- NOT VALID: holds for what is written from now on; the rows that are there have no key.
ALTER TABLE runs
  ADD CONSTRAINT runs_concurrency_key_not_too_long CHECK (octet_length(concurrency_key) BETWEEN 1 AND 1000) NOT VALID;

COMMENT ON COLUMN runs.expires_at IS 'not started by this moment, it is cancelled';
COMMENT ON COLUMN runs.concurrency_key IS 'runs that share it are bounded together, by the table limits';

-- The queue of each agent for itself: one that has had its share is passed over as a whole, however long its queue is.
-- By the bytes of its name: so it does not depend on the collations of the operating system, and is compared fast.
CREATE INDEX IF NOT EXISTS runs_by_agent ON runs (agent_id COLLATE "C", (-priority), created_at, id)
  WHERE status = 'queued';

-- What is cancelled unless it is started. Only runs that expire are in it.
CREATE INDEX IF NOT EXISTS runs_to_expire ON runs (expires_at)
  WHERE expires_at IS NOT NULL AND status IN ('queued', 'scheduled');

-- How much of what may run at once, and be started in a time. A row holds for each agent, skill or concurrency key that its
-- pattern fits, each for itself; of several rows the most specific one counts: the name itself before any pattern, then the
-- longer pattern. A row without any number says that those which it fits are not bounded.
CREATE TABLE limits (
  kind         text NOT NULL CONSTRAINT limits_kind_is_known CHECK (kind IN ('agent', 'skill', 'key')),
  -- a name, in which * stands for any characters, also for none
  pattern      text NOT NULL CONSTRAINT limits_pattern_length CHECK (octet_length(pattern) BETWEEN 1 AND 1000),
  -- most runs at once; 0: none
  max_running  int CONSTRAINT limits_max_running_not_negative CHECK (max_running >= 0),
  -- most starts in so many seconds, evenly spread but for the burst
  max_starts   int CONSTRAINT limits_max_starts_in_range CHECK (max_starts BETWEEN 1 AND 1000000),
  per_seconds  double precision CONSTRAINT limits_per_seconds_in_range CHECK (per_seconds BETWEEN 0.001 AND 31536000),
  -- starts at once after a pause; NULL: what a tenth of a second allows, at least one
  burst        int CONSTRAINT limits_burst_in_range CHECK (burst BETWEEN 1 AND 1000000),
  -- of an agent: its share of the turns where fairness is weighted; NULL: 1
  weight       double precision CONSTRAINT limits_weight_in_range CHECK (weight BETWEEN 0.001 AND 1000),
  PRIMARY KEY (kind, pattern),
  CONSTRAINT limits_starts_have_a_period CHECK ((max_starts IS NULL) = (per_seconds IS NULL)),
  CONSTRAINT limits_burst_needs_starts CHECK (burst IS NULL OR max_starts IS NOT NULL),
  CONSTRAINT limits_weight_is_of_agents CHECK (weight IS NULL OR kind = 'agent')
);
COMMENT ON TABLE limits IS 'Nova: how much may run at once and be started in a time; takes effect when it is changed';

-- How far the starts have used up what their limit allows, so that another poller goes on where this one was. A claim
-- that starts runs under such a limit writes it along.
CREATE TABLE limit_buckets (
  kind     text NOT NULL,
  name     text NOT NULL,
  -- when the bucket is full again; a row whose moment is past says nothing
  full_at  timestamptz NOT NULL,
  PRIMARY KEY (kind, name)
) WITH (fillfactor = 50);

-- What is not claimed until it is taken out again. What runs already goes on.
CREATE TABLE pauses (
  kind       text NOT NULL CONSTRAINT pauses_kind_is_known CHECK (kind IN ('all', 'agent', 'skill')),
  -- of the agent or skill; empty for all
  name       text NOT NULL DEFAULT '',
  reason     text,
  paused_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (kind, name),
  CONSTRAINT pauses_name_fits_kind CHECK ((kind = 'all') = (name = ''))
);
COMMENT ON TABLE pauses IS 'Nova: what is not claimed; DELETE resumes it';

-- What queued runs wait for, as the poller saw it last, beside room on a node: for people, and for the next poller.
CREATE TABLE queue_waits (
  -- paused, agent_limit, agent_rate, skill_limit, skill_rate, key_limit, key_rate, skill_missing
  kind   text NOT NULL,
  name   text NOT NULL,
  since  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (kind, name)
);
COMMENT ON TABLE queue_waits IS 'Nova: what queued runs wait for beside room on a node, as the poller saw it last';

-- The skills of a node, each with its version. NULL: a node of an older version, which does not say.
ALTER TABLE nodes ADD COLUMN skills jsonb;
COMMENT ON COLUMN nodes.skills IS 'its skills, each with its version';

-- Who has changed what steers the cluster, and when.
CREATE TABLE audit_log (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at            timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- who it was by what the command or the API says, else the user of the database
  actor         text NOT NULL,
  -- such as insert, update, delete
  action        text NOT NULL,
  -- the table, or another word for what was changed, and which one of it
  subject_kind  text NOT NULL,
  subject       text NOT NULL,
  -- what was before and what is now
  detail        jsonb
);
COMMENT ON TABLE audit_log IS 'Nova: who has changed what steers the cluster, and when';

-- For any table that steers: its arguments are the columns that name a row. Whoever changes a row says who it is by
-- set_config('nova.actor', …, true). As the owner: who may change a limit need not be able to change the log.
CREATE FUNCTION nova_audit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  was jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
  becomes jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
  subject text;
BEGIN
  IF was IS NOT DISTINCT FROM becomes THEN
    RETURN NULL;
  END IF;
  SELECT string_agg(coalesce(becomes, was) ->> c.name, ' ' ORDER BY c.n) INTO subject
  FROM unnest(TG_ARGV) WITH ORDINALITY AS c (name, n) WHERE coalesce(becomes, was) ->> c.name <> '';
  INSERT INTO audit_log (actor, action, subject_kind, subject, detail)
  VALUES (coalesce(nullif(current_setting('nova.actor', true), ''), session_user), lower(TG_OP), TG_TABLE_NAME,
          coalesce(subject, ''), jsonb_strip_nulls(jsonb_build_object('was', was, 'is', becomes)));
  RETURN NULL;
END
$$;

-- Rare, so it may notify whether or not the poller is idle.
CREATE FUNCTION nova_tell_poller() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('nova_runs', 'policy');
  RETURN NULL;
END
$$;

CREATE TRIGGER limits_audit AFTER INSERT OR UPDATE OR DELETE ON limits
  FOR EACH ROW EXECUTE FUNCTION nova_audit('kind', 'pattern');
CREATE TRIGGER pauses_audit AFTER INSERT OR UPDATE OR DELETE ON pauses
  FOR EACH ROW EXECUTE FUNCTION nova_audit('kind', 'name');
CREATE TRIGGER limits_tell_poller AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON limits
  FOR EACH STATEMENT EXECUTE FUNCTION nova_tell_poller();
CREATE TRIGGER pauses_tell_poller AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pauses
  FOR EACH STATEMENT EXECUTE FUNCTION nova_tell_poller();

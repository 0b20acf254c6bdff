-- What makes nodes find each other. A node of an older version leaves these as they are by default, and so is nobody's
-- peer.
ALTER TABLE nodes
  -- the unique id that the cluster knows this incarnation by; two processes at one address have two
  ADD COLUMN member_uid bigint,
  -- whether it is a full member of a cluster, which others may join through it
  ADD COLUMN joined boolean NOT NULL DEFAULT false;

COMMENT ON COLUMN nodes.joined IS 'a member of the cluster';

-- Names the cluster that this database makes, so that a node of another one that now listens at the address of a dead
-- node of this one is not taken for it.
CREATE TABLE cluster_identity (
  only_row  boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  id        uuid NOT NULL DEFAULT gen_random_uuid()
);
INSERT INTO cluster_identity DEFAULT VALUES;

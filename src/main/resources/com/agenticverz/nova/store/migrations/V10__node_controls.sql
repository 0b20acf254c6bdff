-- What people want of nodes while they run. A node hears of it with its heartbeat, every two seconds; one of an older
-- version does not ask.
--
-- A row is of the node at an address, or with * of all nodes, also of those that come later. The address, and not the id,
-- which is another one after each restart: where the port is fixed the row holds for the next process, too. Of both rows
-- that of the node counts.
CREATE TABLE node_controls (
  -- host:port as in nodes.address, or *
  node         text PRIMARY KEY,
  -- runs at once; NULL: what the row of * says, and without that the node's own WORKER_CONCURRENCY
  concurrency  int CONSTRAINT node_controls_concurrency_in_range CHECK (concurrency BETWEEN 1 AND 10000),
  -- takes no new runs and goes on with those that it has
  draining     boolean NOT NULL DEFAULT false,
  -- for all there is pauses: it says so to the one that claims, in place of every node
  CONSTRAINT node_controls_all_are_not_drained CHECK (node <> '*' OR NOT draining)
);
COMMENT ON TABLE node_controls IS 'Nova: how many runs a node executes at once, and whether it takes any; takes effect when it is changed';

CREATE TRIGGER node_controls_audit AFTER INSERT OR UPDATE OR DELETE ON node_controls
  FOR EACH ROW EXECUTE FUNCTION nova_audit('node');

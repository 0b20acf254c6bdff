-- How these tables are kept up while runs go through them by the thousand a second.

-- A run is inserted once and, if it is short, updated once: at its end, when it has become longer by its result. Where a
-- page has no room for the new version, PostgreSQL looks for another page, logs a lock of the old version, and changes two
-- pages instead of one: a third more WAL for each run. So inserts fill pages to less than a half. The room is not lost: the
-- second versions would have needed it elsewhere. It holds for pages that are filled from now on.
ALTER TABLE runs SET (
  fillfactor = 45,
  -- Dead versions of runs are also dead entries at the head of the queue's index. Vacuum comes after two parts in a
  -- hundred (V1), and at the default pace it would not keep up with the runs.
  autovacuum_vacuum_cost_limit = 2000);

-- A claim lives for milliseconds, and its run ids stand in the TOAST table, several rows for a large claim. Neither grows
-- with what is in it, so a share of their size says nothing.
ALTER TABLE claims SET (
  autovacuum_vacuum_cost_limit = 2000,
  toast.autovacuum_vacuum_scale_factor = 0,
  toast.autovacuum_vacuum_threshold = 5000,
  toast.autovacuum_vacuum_cost_limit = 2000);

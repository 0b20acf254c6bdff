-- Whoever gets the connection next finds nothing of the statement before: no setting, lock, cursor or temporary table.
DISCARD ALL

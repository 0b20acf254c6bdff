-- The rest of the status command in one row.
SELECT (SELECT min(created_at) FROM runs WHERE status = 'queued') AS oldest_queued_at,
       (SELECT owner FROM leases WHERE name = 'poller' AND expires_at > now()) AS poller,
       (SELECT epoch FROM leases WHERE name = 'poller') AS epoch

-- Says whether an insert is to wake the poller.
UPDATE leases SET idle = :idle WHERE name = 'poller' AND epoch = :epoch AND idle <> :idle

-- Says why a schedule does not tick, if it is still the one that was read and the epoch is still the poller's.
UPDATE schedules SET error = :error
WHERE name = (SELECT name FROM schedules
              WHERE name = :name AND cron = :cron AND time_zone = :time_zone AND error IS DISTINCT FROM :error
                AND EXISTS (SELECT FROM leases WHERE leases.name = 'poller' AND epoch = :epoch)
              -- Somebody who changes it takes back what is said of it anyway.
              FOR UPDATE SKIP LOCKED)

-- What queued runs wait for, as a poller saw it last.
SELECT kind, name, since FROM queue_waits ORDER BY kind, name

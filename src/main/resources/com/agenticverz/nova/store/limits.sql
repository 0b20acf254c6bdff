-- What people bound the cluster by.
SELECT kind, pattern, max_running, max_starts, per_seconds, burst, weight FROM limits

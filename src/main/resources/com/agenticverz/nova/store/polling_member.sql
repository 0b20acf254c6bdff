-- The member whose poller holds the lease now.
SELECT n.member_uid
FROM leases l JOIN nodes n ON n.id::text = l.owner
WHERE l.name = 'poller' AND l.expires_at > now() AND n.joined AND n.member_uid IS NOT NULL

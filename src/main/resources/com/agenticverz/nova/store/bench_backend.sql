-- The process of this session, on the host of the server.
SELECT pg_backend_pid()

-- The schemas that benches have made in this database, in use or left over.
SELECT nspname FROM pg_namespace WHERE nspname ~ '^nova_bench_[1-9][0-9]{0,8}$' ORDER BY nspname

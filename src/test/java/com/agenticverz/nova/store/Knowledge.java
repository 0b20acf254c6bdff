package com.agenticverz.nova.store;

/** What the planner knows. Autovacuum is off, so that it stays so. */
enum Knowledge {
    /** As right after the creation. */
    NOTHING(-1),
    /** As where the tables were analyzed while they were empty, and then grew. */
    OF_EMPTY_TABLES(0),
    /** As where the tables were analyzed while the rows had been written and their transaction was not over. */
    OF_ROWS_NOT_YET_THERE(0),
    UP_TO_DATE(0);

    private final int rows;

    Knowledge(int rows) {
        this.rows = rows;
    }

    /** Has the planner of a database know just this. */
    void assumeIn(TestDatabase database) {
        if (this == UP_TO_DATE) {
            database.execute("VACUUM ANALYZE runs");
            database.execute("VACUUM ANALYZE claims");
            return;
        }
        database.execute("DELETE FROM pg_statistic WHERE starelid IN"
                + " (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)");
        database.execute(
                "UPDATE pg_class SET reltuples = ?, relallvisible = 0, relpages = CASE WHEN ?"
                        + " THEN pg_relation_size(oid) / current_setting('block_size')::int ELSE 0 END"
                        + " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i')",
                rows,
                this == OF_ROWS_NOT_YET_THERE);
    }
}

package com.agenticverz.nova.settle;

import com.agenticverz.nova.run.Fence;
import com.agenticverz.nova.run.Outcome;
import com.agenticverz.nova.store.RowState;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What came of a {@link Write}.
 *
 * @param settled what each run got whose end was written
 * @param written the runs of which something else was written
 * @param kept what became of finished steps
 * @param released the runs of claims that were let go
 * @param fencedOut the rest, with what their rows say; null: the row is gone
 */
record WriteResult(
        Map<UUID, Outcome> settled,
        Set<UUID> written,
        Map<Settler.Keep, Kept> kept,
        List<Fence> released,
        Map<UUID, @Nullable RowState> fencedOut) {}

package com.agenticverz.nova.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.agenticverz.nova.node.StartFailure;
import com.agenticverz.nova.store.BenchSchema;
import com.agenticverz.nova.store.Ceiling;
import com.agenticverz.nova.store.DatabaseUrl;
import com.agenticverz.nova.store.OldSnapshot;
import com.agenticverz.nova.store.TestDatabase;
import java.util.LinkedHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A schema of a bench on a real server, without a node. */
class GroundTest {

    @RegisterExtension
    static final TestDatabase DB = TestDatabase.create();

    private Ground ground;

    @BeforeEach
    void make() {
        ground = Ground.make(DB.url());
    }

    @AfterEach
    void remove() {
        ground.close();
        assertThat(DB.rows("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'nova_bench_%'"))
                .isEmpty();
    }

    @Test
    void theUsersTableIsAnother() {
        DB.execute("TRUNCATE runs");
        DB.insertRun();
        ground.store().insert(3, () -> {});
        assertThat(ground.store().outcome().runs()).isEqualTo(3);
        assertThat(DB.one(Long.class, "SELECT count(*) FROM runs")).isEqualTo(1);
        ground.store().empty();
        assertThat(DB.one(Long.class, "SELECT count(*) FROM runs")).isEqualTo(1);
    }

    @Test
    void runsThatDidNotSucceedAreNoFigure() {
        ground.store().insert(3, () -> {});
        assertThatThrownBy(() -> ground.check(3))
                .isInstanceOf(StartFailure.class)
                .hasMessage("of 3 runs, 3 are there, 0 have succeeded at their first attempt, and 0 claims are left: no"
                        + " figure");
    }

    @Test
    void theCeilingSettlesEachRunOnceAndLeavesNoClaim() {
        try (var ceiling = Ceiling.open(ground.url(), 7)) {
            for (int runs : new int[] {1, 7, 14, 40}) {
                var rate = ground.drain(runs, ceiling::settle);
                assertThat(rate.runs()).isEqualTo(runs);
                ground.checkAndEmpty(runs);
            }
        }
    }

    @Test
    void theCeilingSaysWhenThereAreFewerRunsThanItShouldSettle() {
        try (var ceiling = Ceiling.open(ground.url(), 7)) {
            ground.store().insert(9, () -> {});
            assertThatThrownBy(() -> ceiling.settle(10)).hasMessage("the ceiling found 9 runs; 10 were enqueued");
        }
    }

    @Test
    void copiedRunsAreLikeEnqueuedOnes() {
        ground.store().copy(1001);
        ground.database().runs().enqueue(Batches.run("noop"));
        assertThat(ground.store().outcome().runs()).isEqualTo(1002);
        try (var ceiling = Ceiling.open(ground.url(), 1000)) {
            ceiling.settle(1002);
        }
        ground.check(1002);
    }

    @Test
    void anOldSnapshotIsHeldWhileOthersWrite() {
        try (var snapshot = OldSnapshot.take(ground.url());
                var ceiling = Ceiling.open(ground.url(), 100)) {
            ground.drain(100, ceiling::settle);
            assertThat(snapshot.isHeld()).isTrue();
            ground.checkAndEmpty(100);
        }
    }

    @Test
    void theServerOfThisHostIsMetered() {
        var before = ground.meter().read();
        ground.store().insert(2000, () -> {});
        var cost = ground.meter().since(before);
        // A process is charged by the hundredth of a second, and this may have taken less.
        assertThat(cost.novaCpuMicros()).isNotNegative();
        assertThat(cost.walBytes()).isGreaterThan(100_000);
        if (System.getProperty("os.name").equals("Linux")) {
            assertThat(cost.postgresCpuMicros()).isNotNull().isNotNegative();
        }
    }

    @Test
    void aSearchPathInTheUsersUrlGivesWay() {
        var parameters = new LinkedHashMap<>(DB.url().parameters());
        parameters.put("options", "-c search_path=public");
        var url = new DatabaseUrl(
                DB.url().hosts(), DB.url().database(), DB.url().user(), DB.url().password(), parameters);
        assertThat(BenchSchema.canBeChosen(url)).isTrue();
    }
}

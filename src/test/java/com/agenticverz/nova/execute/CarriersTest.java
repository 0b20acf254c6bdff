package com.agenticverz.nova.execute;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.telemetry.Metrics;
import java.lang.management.ManagementFactory;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import jdk.management.VirtualThreadSchedulerMXBean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CarriersTest {

    @Test
    void branchesThatComputeLeaveACarrierToOthers() throws Exception {
        int carriers = ManagementFactory.getPlatformMXBean(VirtualThreadSchedulerMXBean.class)
                .getParallelism();
        var over = new AtomicBoolean();
        var others = new CountDownLatch(1);
        var metrics = Metrics.start();
        try (var branches = new Branches(new UUID(0, 1), TestTries.of(metrics))) {
            try {
                for (int i = 0; i < carriers; i++) {
                    branches.start("s" + i, _ -> {
                        while (!over.get()) {
                            Thread.onSpinWait();
                        }
                        return () -> {};
                    });
                }

                Thread.ofVirtual().start(others::countDown);

                assertThat(others.await(20, TimeUnit.SECONDS)).isTrue();
            } finally {
                over.set(true);
            }
        } finally {
            metrics.close();
        }
    }
}

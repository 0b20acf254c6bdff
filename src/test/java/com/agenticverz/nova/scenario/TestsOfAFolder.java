package com.agenticverz.nova.scenario;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Set;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/** Runs the tests in a folder of classes, in a process of its own, and says how many succeeded and what failed. */
final class TestsOfAFolder {

    private TestsOfAFolder() {}

    public static void main(String[] folders) {
        var summary = new SummaryGeneratingListener();
        LauncherFactory.create()
                .execute(
                        LauncherDiscoveryRequestBuilder.request()
                                .selectors(DiscoverySelectors.selectClasspathRoots(Set.of(Path.of(folders[0]))))
                                .build(),
                        summary);
        summary.getSummary().printFailuresTo(new PrintWriter(System.out, true));
        System.out.println("succeeded: " + summary.getSummary().getTestsSucceededCount() + ", failed: "
                + summary.getSummary().getTotalFailureCount());
        System.exit(0);
    }
}

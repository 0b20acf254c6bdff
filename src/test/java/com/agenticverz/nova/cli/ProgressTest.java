package com.agenticverz.nova.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class ProgressTest {

    private static final String CLEAR = "\r\u001B[K";

    private final StringWriter said = new StringWriter();

    @Test
    void theBarGrowsWithTheBytesThatAreRead() throws IOException {
        var progress = new Progress(new PrintWriter(said), 300, true);
        var input = progress.counting(new ByteArrayInputStream(new byte[300]));

        progress.show(0, 0);
        input.readNBytes(149);
        input.read();
        progress.show(1500, 2);
        progress.clear();
        progress.clear();

        assertThat(said)
                .hasToString(CLEAR + "[" + "-".repeat(30) + "]   0 %  0 lines accepted, 0 rejected"
                        + CLEAR + "[" + "#".repeat(15) + "-".repeat(15) + "]  50 %  1,500 lines accepted, 2 rejected"
                        + CLEAR);
    }

    @Test
    void aFileThatGrowsIsNeverMoreThanDone() throws IOException {
        var progress = new Progress(new PrintWriter(said), 100, true);
        progress.counting(new ByteArrayInputStream(new byte[300])).readAllBytes();

        progress.show(1, 0);

        assertThat(said.toString()).contains("[" + "#".repeat(30) + "] 100 %");
    }

    @Test
    void whereNobodyKnowsTheSizeThereAreTheCountsOnly() {
        new Progress(new PrintWriter(said), 0, true).show(7, 0);

        assertThat(said).hasToString(CLEAR + "7 lines accepted, 0 rejected");
    }

    @Test
    void whereItIsNotWantedNothingIsSaid() {
        var progress = new Progress(new PrintWriter(said), 100, false);

        progress.show(7, 0);
        progress.clear();

        assertThat(said.toString()).isEmpty();
    }
}

package com.agenticverz.nova.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.agenticverz.nova.store.NodeControl;
import com.agenticverz.nova.store.StatusStore;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SkillGapsTest {

    @Test
    void aNodeLacksWhatAnyOtherHas() {
        var all = node(Map.of("echo", "1", "greet", "1", "carve", "1"));
        var some = node(Map.of("echo", "2", "greet", "2"));
        var few = node(Map.of("echo", "2"));
        var older = node(null);

        var gaps = SkillGaps.among(List.of(all, some, few, older));

        assertThat(gaps.shown(all)).isEmpty();
        assertThat(gaps.shown(some)).isEqualTo(", without the skill carve");
        assertThat(gaps.shown(few)).isEqualTo(", without the skills carve, greet");
        assertThat(gaps.shown(older)).isEqualTo(", does not say which skills it has");
        assertThat(gaps.of(few)).containsExactly("carve", "greet");
        assertThat(gaps.of(older)).isEmpty();
    }

    private static StatusStore.Node node(@Nullable Map<String, String> skills) {
        return new StatusStore.Node(
                UUID.randomUUID(),
                "here:1",
                "1",
                4,
                true,
                false,
                OffsetDateTime.parse("2026-11-26T10:00:00Z"),
                Duration.ZERO,
                0,
                NodeControl.NONE,
                skills == null ? null : new TreeMap<>(skills));
    }
}

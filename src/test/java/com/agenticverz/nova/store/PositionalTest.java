package com.agenticverz.nova.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PositionalTest {

    @Test
    void eachNameBecomesAQuestionMarkWhereverItStands() {
        assertThat(Positional.of("SELECT :a, x::int FROM t WHERE b = :b AND c = :a"))
                .isEqualTo(new Positional("SELECT ?, x::int FROM t WHERE b = ? AND c = ?", List.of("a", "b", "a")));
    }

    @Test
    void whatLooksLikeANameInATextIsLeftAloneAndCommentsAreLeftOut() {
        var statement = "-- not :this, nor one's own :that\nSELECT ':text', '{\"a\":1}', '--' -- :end";
        assertThat(Positional.of(statement))
                .isEqualTo(new Positional("\nSELECT ':text', '{\"a\":1}', '--' ", List.of()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"claim", "settle"})
    void aStatementOfNovaHasAQuestionMarkForEachName(String name) {
        var positional = Positional.of(Sql.named(name));
        var code = positional.sql().replaceAll("--[^\n]*", "");
        assertThat(code.chars().filter(it -> it == '?').count())
                .isEqualTo(positional.names().size());
        assertThat(code.replace("::", "")).doesNotContain(":");
    }
}

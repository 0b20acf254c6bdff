package com.agenticverz.nova.skill.builtin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.agenticverz.nova.skill.SkillRegistry;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class HttpCallSettingsTest {

    private static final String ENTRIES =
            "; allowed: ranges such as \"10.1.0.0/16\", addresses, and host names without wildcards";

    @Test
    void withoutAnyNothingInternalIsAllowed() {
        assertThat(HttpCallSettings.of("http_call", Map.of()))
                .isEqualTo(new HttpCallSettings("http_call", new AddressGuard(List.of(), Set.of()), 4_194_304, 60, 2));
    }

    @Test
    void eachIsTaken() {
        assertThat(HttpCallSettings.of(
                        "http_call",
                        Map.of(
                                "allow",
                                List.of("10.1.0.0/16", "::1", "Internal.Example", "localhost"),
                                "max_response_bytes",
                                8_000_000,
                                "max_retry_after_seconds",
                                0,
                                "retries",
                                0)))
                .isEqualTo(new HttpCallSettings(
                        "http_call",
                        new AddressGuard(
                                List.of(AddressRange.parse("10.1.0.0/16"), AddressRange.parse("::1/128")),
                                Set.of("internal.example", "localhost")),
                        8_000_000,
                        0,
                        0));
    }

    static Stream<Arguments> bad() {
        return Stream.of(
                bad(
                        "alow",
                        List.of(),
                        "alow is not a setting; allowed: allow, max_response_bytes, max_retry_after_seconds, retries"),
                bad(
                        "allow",
                        "10.1.0.0/16",
                        "allow is '\"10.1.0.0/16\"'; allowed: a list of ranges such as \"10.1.0.0/16\" and of host names"),
                badEntry(7, "allow has '7', which is not text"),
                badEntry("10.1.0.0/33", "allow has '10.1.0.0/33', which has a prefix other than 0 to 32"),
                badEntry("fd00::/129", "allow has 'fd00::/129', which has a prefix other than 0 to 128"),
                badEntry("10.1.0.0/", "allow has '10.1.0.0/', which has a prefix other than 0 to 32"),
                badEntry("10.1.2.3/16", "allow has '10.1.2.3/16', which has bits beyond its prefix"),
                badEntry("10.1/16", "allow has '10.1/16', which is not an address"),
                badEntry("10.1.0.256", "allow has '10.1.0.256', which is not an address"),
                badEntry("internal.example/16", "allow has 'internal.example/16', which is not an address"),
                badEntry("::x", "allow has '::x', which is not an address"),
                badEntry("http://internal.example", "allow has 'http://internal.example', which is not an address"),
                badEntry("*.internal.example", "allow has '*.internal.example', which is not a host name"),
                badEntry("10.1", "allow has '10.1', which is not a host name"),
                badEntry("0x7f000001", "allow has '0x7f000001', which is not a host name"),
                badEntry("", "allow has '', which is not a host name"),
                bad("max_response_bytes", 0, "max_response_bytes is '0'; allowed: 1 to 8000000"),
                bad("max_response_bytes", 8_000_001, "max_response_bytes is '8000001'; allowed: 1 to 8000000"),
                bad("max_response_bytes", "1M", "max_response_bytes is '1M'; allowed: 1 to 8000000"),
                bad("max_retry_after_seconds", -1, "max_retry_after_seconds is '-1'; allowed: 0 to 3600"),
                bad("max_retry_after_seconds", 1.5, "max_retry_after_seconds is '1.5'; allowed: 0 to 3600"),
                bad("retries", 11, "retries is '11'; allowed: 0 to 10"));
    }

    private static Arguments badEntry(Object entry, String message) {
        return bad("allow", List.of("10.0.0.0/8", entry), message + ENTRIES);
    }

    private static Arguments bad(String key, Object value, String message) {
        return Arguments.of(Map.of(key, value), message);
    }

    @ParameterizedTest
    @MethodSource("bad")
    void aBadOneStopsTheStartWithOneLine(Map<String, Object> settings, String message) {
        assertThatThrownBy(() -> SkillRegistry.of(List.of(new HttpCallSkill()), Map.of("http_call", settings)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("nova.skills.http_call: " + message);
    }
}

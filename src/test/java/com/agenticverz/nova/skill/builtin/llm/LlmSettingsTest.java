package com.agenticverz.nova.skill.builtin.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.ConfigFactory;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LlmSettingsTest {

    @Test
    void allOfThemMayBeLeftOut() {
        assertThat(LlmSettings.of(Map.of())).isEqualTo(new LlmSettings(Map.of(), Map.of(), 2, 60));
    }

    @Test
    void aProviderNeedsNothingButItsKey() {
        var settings = read("providers { anthropic { api_key = a }, openai { api_key = b } }");

        assertThat(settings.providers())
                .containsEntry(
                        "anthropic", new LlmSettings.Access("a", "https://api.anthropic.com", Duration.ofSeconds(120)))
                .containsEntry(
                        "openai", new LlmSettings.Access("b", "https://api.openai.com/v1", Duration.ofSeconds(120)));
        assertThat(settings.toString()).doesNotContain("=a,").doesNotContain("=b,");
    }

    @Test
    void allOfThemAreRead() {
        var settings = read("""
                providers { openai { api_key = "k", base_url = "http://127.0.0.1:1/v1", timeout_seconds = 0.5 } }
                prices { "gpt-5.1" { input_per_million_tokens = 3, cached_input_per_million_tokens = 0.25,
                                     output_per_million_tokens = 15.5, currency = EUR } }
                retries = 0
                max_retry_after_seconds = 3600
                """);

        assertThat(settings)
                .isEqualTo(new LlmSettings(
                        Map.of("openai", new LlmSettings.Access("k", "http://127.0.0.1:1/v1", Duration.ofMillis(500))),
                        Map.of(
                                "gpt-5.1",
                                new LlmSettings.Price(
                                        new BigDecimal("3"), new BigDecimal("0.25"), new BigDecimal("15.5"), "EUR")),
                        0,
                        3600));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "provider {} | provider is not a setting; allowed: providers, prices, retries, max_retry_after_seconds",
                "providers = s3cret | providers is not a block { … }",
                "providers { azure {} } | providers.azure is not a setting; allowed: anthropic, openai",
                "providers { openai = s3cret } | providers.openai is not a block { … }",
                "providers { openai { key = s3cret } } | providers.openai.key is not a setting;"
                        + " allowed: api_key, base_url, timeout_seconds",
                "providers { openai {} } | providers.openai.api_key is missing;"
                        + " allowed: letters, digits and other visible ASCII characters",
                "providers { openai { api_key = \"s3 cret\" } } | providers.openai.api_key is not what a header can carry;"
                        + " allowed: letters, digits and other visible ASCII characters",
                "providers { openai { api_key = k, base_url = \"example.org\" } } | providers.openai.base_url is"
                        + " 'example.org'; allowed: http://… or https://…, without user, query and fragment",
                "providers { openai { api_key = k, timeout_seconds = 0 } } | providers.openai.timeout_seconds is '0';"
                        + " allowed: 0.001 to 86400",
                "prices = 3 | prices is not a block { … }",
                "prices { m {} } | prices.\"m\".input_per_million_tokens is missing; allowed: 0 to 1000000",
                "prices { m { input_per_million_tokens = 1 } } | prices.\"m\".output_per_million_tokens is missing;"
                        + " allowed: 0 to 1000000",
                "prices { m { input_per_million_tokens = -1 } } | prices.\"m\".input_per_million_tokens is '-1';"
                        + " allowed: 0 to 1000000",
                "prices { m { input_per_million_tokens = 1, output_per_million_tokens = 1, currency = dollars } } |"
                        + " prices.\"m\".currency is 'dollars'; allowed: three capital letters, such as USD",
                "prices { m { input = 1 } } | prices.\"m\".input is not a setting; allowed: input_per_million_tokens,"
                        + " cached_input_per_million_tokens, output_per_million_tokens, currency",
                "retries = 11 | retries is '11'; allowed: 0 to 10",
                "max_retry_after_seconds = -1 | max_retry_after_seconds is '-1'; allowed: 0 to 3600",
            })
    void aBadOneIsOneLineWithoutAKey(String hocon, String message) {
        assertThatThrownBy(() -> read(hocon))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
        assertThat(message).doesNotContain("s3");
    }

    /** As a file of settings has them. */
    private static LlmSettings read(String hocon) {
        return LlmSettings.of(ConfigFactory.parseString(hocon).root().unwrapped());
    }
}

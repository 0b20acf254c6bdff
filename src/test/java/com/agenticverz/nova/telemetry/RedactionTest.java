package com.agenticverz.nova.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedactionTest {

    private static final String HIDDEN = "${secret:K}";

    @Test
    void aSecretIsHiddenWhereverItStands() {
        var redaction = Redaction.of("K", "s3cr3t-value");
        assertThat(redaction.in("s3cr3t-value")).isEqualTo(HIDDEN);
        assertThat(redaction.in("<s3cr3t-value,s3cr3t-values3cr3t-value>"))
                .isEqualTo("<" + HIDDEN + "," + HIDDEN + HIDDEN + ">");
        assertThat(redaction.in("s3cr3t-valu s3cr3t s3cr3ts3cr3t-value"))
                .isEqualTo("s3cr3t-valu s3cr3t s3cr3t" + HIDDEN);
    }

    @Test
    void aTextWithoutSecretsIsTheSame() {
        var text = "nothing s3cr3t here";
        assertThat(Redaction.of("K", "s3cr3t-value").in(text)).isSameAs(text);
        assertThat(Redaction.NONE.in(text)).isSameAs(text);
    }

    @Test
    void ofSeveralTheLongestIsHidden() {
        var redaction =
                Redaction.of("A", "abcdef").and(Redaction.of("B", "abcdefgh")).and(Redaction.of("C", "xyzxyz"));
        assertThat(redaction.in("abcdefgh abcdef xyzxyz")).isEqualTo("${secret:B} ${secret:A} ${secret:C}");
    }

    @Test
    void theBeginningOfOneThatWasCutIsHidden() {
        var redaction = Redaction.of("K", "https://hooks.example.org/T0123456789");
        assertThat(redaction.in("POST https://hooks.exam…")).isEqualTo("POST " + HIDDEN + "…");
        assertThat(redaction.in("POST https://hooks.exam...")).isEqualTo("POST " + HIDDEN + "...");
        assertThat(redaction.in("cut: https://hooks.example.org/T01")).isEqualTo("cut: " + HIDDEN);
        assertThat(redaction.in("begins with https://")).isEqualTo("begins with https://");
        assertThat(redaction.in("https://hooks.example.com/")).isEqualTo("https://hooks.example.com/");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "simple-secret",
                "p\"a\\s/s w<o>r&d'!",
                "pässwörd/€+=?",
                "two\nlines\tand a tab",
                "äöüäöü",
                "++++++//////======",
            })
    void itIsFoundInWhatCommonEncodingsMakeOfIt(String value) {
        var redaction = Redaction.of("K", value);
        var bytes = value.getBytes(StandardCharsets.UTF_8);
        var percent = URLEncoder.encode(value, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("*", "%2A");
        var encoded = List.of(
                "\""
                        + value.replace("\\", "\\\\")
                                .replace("\"", "\\\"")
                                .replace("\n", "\\n")
                                .replace("\t", "\\t") + "\"",
                URLEncoder.encode(value, StandardCharsets.UTF_8),
                percent,
                value.replace("&", "&amp;")
                        .replace("<", "&lt;")
                        .replace(">", "&gt;")
                        .replace("\"", "&quot;")
                        .replace("'", "&#39;"),
                value.replaceAll("\\s+", " "),
                Base64.getEncoder().encodeToString(bytes),
                Base64.getUrlEncoder().withoutPadding().encodeToString(bytes),
                URLEncoder.encode(Base64.getEncoder().encodeToString(bytes), StandardCharsets.UTF_8));
        assertThat(encoded)
                .allSatisfy(text -> assertThat(redaction.in("<" + text + ">")).matches("<\"?\\Q" + HIDDEN + "\\E\"?>"));
    }

    @Test
    void itIsFoundInTheBase64OfALongerText() {
        var redaction = Redaction.of("K", "open sesame");
        for (var user : List.of("a", "bc", "def", "someone")) {
            for (var after : List.of("", "!", "!!", "!!!")) {
                var text = (user + ":open sesame" + after).getBytes(StandardCharsets.UTF_8);
                for (var encoder :
                        List.of(Base64.getEncoder(), Base64.getUrlEncoder().withoutPadding())) {
                    var hidden = redaction.in(encoder.encodeToString(text));
                    assertThat(hidden).as(user + after).contains(HIDDEN);
                    // What is left of it are the bits of a character at each end.
                    var left = hidden.substring(hidden.indexOf(HIDDEN) + HIDDEN.length());
                    assertThat(left.replace("=", "")).hasSizeLessThanOrEqualTo(after.length() * 8 / 6 + 2);
                }
            }
        }
    }

    @Test
    void theLinesOfAKeyAreHiddenEachByItself() {
        var first = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7";
        var second = "VJTUt9Us8cKjMzEfYyjiWA4R4ypbHqGC0H0+tPsJ4o7M5LhWJzB0";
        var redaction = Redaction.of(
                "K", "-----BEGIN PRIVATE KEY-----\n" + first + "\n" + second + "\n-----END PRIVATE KEY-----");
        assertThat(redaction.in("a " + second + " b " + first + second))
                .isEqualTo("a " + HIDDEN + " b " + HIDDEN + HIDDEN);
        assertThat(redaction.in("-----BEGIN PRIVATE KEY-----")).isEqualTo("-----BEGIN PRIVATE KEY-----");
    }

    @Test
    void inJsonNamesAndNumbersAreHiddenToo() {
        var redaction = Redaction.of("K", "12345678");
        assertThat(redaction.inJson(
                        Map.of("a12345678", List.of("12345678", 123456789L, new BigDecimal("0.12345678"), 7, true))))
                .isEqualTo(Map.of("a" + HIDDEN, List.of(HIDDEN, HIDDEN + "9", "0." + HIDDEN, 7, true)));
        assertThat(redaction.inJson(Arrays.asList(null, 1))).isEqualTo(Arrays.asList(null, 1));
    }

    @Test
    void aShortOneIsRefused() {
        assertThatThrownBy(() -> Redaction.of("K", "12345")).hasMessage("a secret of 5 characters");
    }

    @Test
    void noneSaysWhatItHides() {
        assertThat(Redaction.of("K", "s3cr3t-value").toString()).doesNotContain("s3cr3t");
    }

    @Test
    void aProcessRemembersTheLatestValuesOfAName() {
        for (int i = 100; i < 120; i++) {
            KnownSecrets.use("ROTATED", "rotated-" + i);
        }
        assertThat(KnownSecrets.hidden("rotated-119 rotated-104")).isEqualTo("${secret:ROTATED} ${secret:ROTATED}");
        assertThat(KnownSecrets.hidden("rotated-103")).isEqualTo("rotated-103");
        assertThat(KnownSecrets.use("ROTATED", "rotated-119")).isSameAs(KnownSecrets.use("ROTATED", "rotated-119"));
    }
}

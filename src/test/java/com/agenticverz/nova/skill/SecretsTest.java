package com.agenticverz.nova.skill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.agenticverz.nova.setting.SettingException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretsTest {

    @TempDir
    private Path directory;

    @Test
    void oneIsAVariableWithThePrefixAndNoOtherVariable() {
        var secrets = Secrets.of(Map.of("NOVA_SECRET_KEY", "from-variable", "DATABASE_URL", "postgresql://x"), null);
        assertThat(value(secrets, "KEY")).isEqualTo("from-variable");
        assertPermanent(
                secrets,
                "DATABASE_URL",
                "there is no secret DATABASE_URL: NOVA_SECRET_DATABASE_URL is not set, and NOVA_SECRETS_DIR neither");
    }

    @Test
    void oneIsAFileThatIsReadWhenItIsUsed() throws IOException {
        var secrets = Secrets.of(Map.of(), directory.toString());
        Files.writeString(directory.resolve("KEY"), "first value\n");
        assertThat(value(secrets, "KEY")).isEqualTo("first value");
        Files.writeString(directory.resolve("KEY"), "second value\r\n");
        assertThat(value(secrets, "KEY")).isEqualTo("second value");
        Files.writeString(directory.resolve("KEY"), "third\nvalue\n\n");
        assertThat(value(secrets, "KEY")).isEqualTo("third\nvalue\n");
        Files.delete(directory.resolve("KEY"));
        assertPermanent(
                secrets,
                "KEY",
                "there is no secret KEY: NOVA_SECRET_KEY is not set, and there is no file " + directory.resolve("KEY"));
    }

    @Test
    void filesAreFoundThroughLinksAsKubernetesMakesThem() throws IOException {
        var first = Files.createDirectory(directory.resolve("..2026_01"));
        var second = Files.createDirectory(directory.resolve("..2026_02"));
        Files.writeString(first.resolve("KEY"), "first value");
        Files.writeString(second.resolve("KEY"), "second value");
        Files.createSymbolicLink(directory.resolve("..data"), first.getFileName());
        Files.createSymbolicLink(directory.resolve("KEY"), Path.of("..data", "KEY"));
        var secrets = Secrets.of(Map.of(), directory.toString());

        assertThat(value(secrets, "KEY")).isEqualTo("first value");
        Files.delete(directory.resolve("..data"));
        Files.createSymbolicLink(directory.resolve("..data"), second.getFileName());
        assertThat(value(secrets, "KEY")).isEqualTo("second value");
        assertThat(secrets.names()).containsExactly("KEY");
    }

    @Test
    void aVariableWinsOverAFile() throws IOException {
        Files.writeString(directory.resolve("KEY"), "from-file");
        var secrets = Secrets.of(Map.of("NOVA_SECRET_KEY", "from-variable"), directory.toString());
        assertThat(value(secrets, "KEY")).isEqualTo("from-variable");
    }

    @Test
    void whatCannotBeASecretIsSaidWithoutItsValue() throws IOException {
        var secrets = Secrets.of(Map.of("NOVA_SECRET_SHORT", "12345", "NOVA_SECRET_EMPTY", ""), directory.toString());
        Files.writeString(directory.resolve("BLANK"), " \n");
        Files.write(directory.resolve("BINARY"), new byte[] {(byte) 0xff, 1, 2, 3, 4, 5, 6, 7});
        Files.writeString(directory.resolve("LARGE"), "x".repeat(64 * 1024 + 1));
        Files.writeString(directory.resolve("LARGEST"), "x".repeat(64 * 1024));
        Files.createDirectory(directory.resolve("FOLDER"));

        assertPermanent(
                secrets,
                "SHORT",
                "the secret SHORT is too short: NOVA_SECRET_SHORT; allowed: at least 6 characters, for a shorter one cannot"
                        + " be told from ordinary text and so not be hidden");
        assertPermanent(secrets, "EMPTY", "the secret EMPTY is empty: NOVA_SECRET_EMPTY");
        assertPermanent(secrets, "BLANK", "the secret BLANK is empty: " + directory.resolve("BLANK"));
        assertPermanent(secrets, "BINARY", "the secret BINARY is not text in UTF-8: " + directory.resolve("BINARY"));
        assertPermanent(
                secrets,
                "LARGE",
                "the secret LARGE is larger than 65536 bytes, which is the most: " + directory.resolve("LARGE"));
        assertThat(value(secrets, "LARGEST")).asString().hasSize(65_536);
        assertPermanent(
                secrets,
                "FOLDER",
                "there is no secret FOLDER: NOVA_SECRET_FOLDER is not set, and there is no file "
                        + directory.resolve("FOLDER"));
        assertThat(secrets.problem("SHORT")).startsWith("the secret SHORT is too short");
        assertThat(secrets.problem("LARGEST")).isNull();
    }

    @Test
    void namesAreThoseThatCanBeReferredTo() throws IOException {
        Files.writeString(directory.resolve("FROM_FILE"), "value-1");
        Files.writeString(directory.resolve("not-a-name"), "value-2");
        Files.writeString(directory.resolve(".hidden"), "value-3");
        assertThat(Secrets.of(Map.of("NOVA_SECRET_A", "value-4", "NOVA_SECRET_1", "x"), directory.toString())
                        .names())
                .containsExactly("A", "FROM_FILE");
        assertThat(Secrets.NONE.names()).isEmpty();
    }

    @Test
    void aDirectoryThatIsNoneIsRefused() throws IOException {
        var file = Files.writeString(directory.resolve("KEY"), "value-1");
        for (var bad : List.of(file.toString(), directory.resolve("nope").toString(), "a\0b")) {
            assertThatThrownBy(() -> Secrets.of(Map.of(), bad))
                    .isInstanceOf(SettingException.class)
                    .hasMessageContaining(
                            "is not there; allowed: a directory with a file for each secret that can be read");
        }
    }

    @Test
    void asMuchAsATextMayHaveIsPutInAndNoMore() {
        var secrets = Secrets.of(Map.of("NOVA_SECRET_KEY", "x".repeat(60_000)), null);
        var some = new SecretText(java.util.Collections.nCopies(70, new SecretText.Part.Secret("KEY")));
        assertThat(secrets.open(Map.of("a", some)).value().get("a")).asString().hasSize(4_200_000);
        assertThatThrownBy(() -> secrets.open(Map.of("a", some, "b", some)))
                .hasMessage("the texts with secrets have more than 8000000 characters in all");
        var many = new SecretText(java.util.Collections.nCopies(200, new SecretText.Part.Secret("KEY")));
        assertThatThrownBy(() -> secrets.open(Map.of("a", many)))
                .hasMessage("the text filled in has more than 8000000 characters");
    }

    private static Object value(Secrets secrets, String name) {
        return secrets.open(Map.of("a", new SecretText(List.of(new SecretText.Part.Secret(name)))))
                .value()
                .get("a");
    }

    private static void assertPermanent(Secrets secrets, String name, String message) {
        assertThatThrownBy(() -> value(secrets, name)).isInstanceOfSatisfying(SkillFailure.class, failure -> {
            assertThat(failure).hasMessage(message);
            assertThat(failure.isRetryable()).isFalse();
        });
    }
}

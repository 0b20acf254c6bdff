package com.agenticverz.nova.scenario;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** The blocks of a page. */
final class SkillPage {

    static final Path PAGE = Path.of("src/site/markdown/write-a-skill.md");
    static final Path README = Path.of("README.md");

    private static final Pattern BLOCK = Pattern.compile("(?m)^```(\\w*)\\R(.*?)^```$", Pattern.DOTALL);

    /**
     * One of them.
     *
     * @param language empty where the page names none
     */
    record Block(String language, String text) {}

    private SkillPage() {}

    static List<Block> blocks(String page) {
        return BLOCK.matcher(page)
                .results()
                .map(it -> new Block(it.group(1), it.group(2)))
                .toList();
    }

    /** Those of the page in this language. */
    static List<String> blocks(Path page, String language) {
        return blocks(text(page)).stream()
                .filter(it -> it.language().equals(language))
                .map(Block::text)
                .toList();
    }

    static String text(Path page) {
        try {
            return Files.readString(page);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

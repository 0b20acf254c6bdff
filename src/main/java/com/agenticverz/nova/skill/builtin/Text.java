package com.agenticverz.nova.skill.builtin;

/** Text of others, for messages of ours. */
public final class Text {

    private Text() {}

    /** On one line, and not longer than so many characters. */
    public static String line(String text, int longest) {
        return cut(text.replaceAll("[\\s\\p{Cntrl}]+", " ").strip(), longest);
    }

    /** Its beginning, where it is longer. */
    public static String cut(String text, int longest) {
        if (text.length() <= longest) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(longest - 1)) ? longest - 1 : longest;
        return text.substring(0, end) + "…";
    }
}

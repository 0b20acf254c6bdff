package com.agenticverz.nova.telemetry;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.encoder.EncoderBase;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.KeyValuePair;

/** A log line for people: {@code 12:30:01.123 INFO run_completed run_id=… ran_seconds=0.2}, in local time. */
final class TextLines extends EncoderBase<ILoggingEvent> {

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss.SSS");

    private final DateTimeFormatter time = TIME.withZone(ZoneId.systemDefault());

    @Override
    public byte @Nullable [] headerBytes() {
        return null;
    }

    @Override
    public byte @Nullable [] footerBytes() {
        return null;
    }

    @Override
    public byte[] encode(ILoggingEvent event) {
        StringBuilder line = new StringBuilder(160)
                .append(time.format(event.getInstant()))
                .append(' ')
                .append(event.getLevel())
                .append(' ')
                .append(KnownSecrets.hidden(String.valueOf(event.getFormattedMessage())));
        List<KeyValuePair> fields = event.getKeyValuePairs();
        if (fields != null) {
            fields.forEach(field -> appendField(line, field.key, KnownSecrets.hidden(String.valueOf(field.value))));
        }
        if (event.getThrowableProxy() != null) {
            appendField(line, "cause", LoggedCause.line(event.getThrowableProxy()));
        }
        return line.append('\n').toString().getBytes(StandardCharsets.UTF_8);
    }

    private static void appendField(StringBuilder line, String name, String value) {
        String oneLine = value.replaceAll("\\p{Cntrl}+", " ");
        boolean plain = !oneLine.isEmpty() && oneLine.indexOf(' ') < 0 && oneLine.indexOf('"') < 0;
        line.append(' ').append(name).append('=');
        if (plain) {
            line.append(oneLine);
        } else {
            line.append('"').append(oneLine.replace("\"", "\\\"")).append('"');
        }
    }
}

package com.agenticverz.nova.telemetry;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.KeyValuePair;

/**
 * A log line as one JSON object: {@code timestamp}, {@code level}, {@code logger}, {@code message}, then the event's
 * own fields. A throwable becomes {@code cause}, and {@code stack} too where its logger is at level DEBUG.
 *
 * <p>No field appears twice: one that is taken already gets an underscore.
 */
final class JsonLines extends EncoderBase<ILoggingEvent> {

    private static final DateTimeFormatter MILLISECONDS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    private final JsonFactory json = new JsonFactory();

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
        ByteArrayOutputStream line = new ByteArrayOutputStream(256);
        try (JsonGenerator out = json.createGenerator(line)) {
            out.writeStartObject();
            out.writeStringField("timestamp", MILLISECONDS.format(event.getInstant()));
            out.writeStringField("level", event.getLevel().toString());
            out.writeStringField("logger", event.getLoggerName());
            out.writeStringField("message", KnownSecrets.hidden(String.valueOf(event.getFormattedMessage())));
            writeFields(out, event);
            out.writeEndObject();
            out.writeRaw('\n');
        } catch (IOException inMemory) {
            throw new UncheckedIOException(inMemory);
        }
        return line.toByteArray();
    }

    private void writeFields(JsonGenerator out, ILoggingEvent event) throws IOException {
        Set<String> taken = new HashSet<>(List.of("timestamp", "level", "logger", "message"));
        IThrowableProxy throwable = event.getThrowableProxy();
        if (throwable != null) {
            out.writeStringField("cause", LoggedCause.line(throwable));
            taken.add("cause");
            if (isDebug(event)) {
                out.writeStringField("stack", KnownSecrets.hidden(ThrowableProxyUtil.asString(throwable)));
                taken.add("stack");
            }
        }
        List<KeyValuePair> fields = event.getKeyValuePairs();
        if (fields != null) {
            for (KeyValuePair field : fields) {
                String name = field.key;
                while (!taken.add(name)) {
                    name += "_";
                }
                out.writeFieldName(name);
                writeValue(out, field.value);
            }
        }
    }

    private static void writeValue(JsonGenerator out, @Nullable Object value) throws IOException {
        switch (value) {
            case null -> out.writeNull();
            case Boolean truth -> out.writeBoolean(truth);
            case Integer number -> out.writeNumber(number);
            case Long number -> out.writeNumber(number);
            case Double number when Double.isFinite(number) -> out.writeNumber(number);
            case BigDecimal number -> out.writeNumber(number);
            case Collection<?> values -> {
                out.writeStartArray();
                for (Object element : values) {
                    writeValue(out, element);
                }
                out.writeEndArray();
            }
            default -> out.writeString(KnownSecrets.hidden(value.toString()));
        }
    }

    private boolean isDebug(ILoggingEvent event) {
        return getContext() instanceof LoggerContext loggers
                && loggers.getLogger(event.getLoggerName()).isDebugEnabled();
    }
}

package org.trackcoordinator.observe;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import ch.qos.logback.core.encoder.EncoderBase;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * One log event is one line with a JSON object: {@code timestamp} (ISO-8601), {@code level}, {@code
 * logger}, {@code thread}, {@code message}, what the MDC holds ({@code correlationId}, {@code
 * track}, {@code attempt} within an attempt), and {@code error} with {@code class}, {@code message}
 * and {@code stack} if something was thrown. Long texts are cut as in the text format; the
 * arguments of a message are not repeated.
 */
public final class JsonLogEncoder extends EncoderBase<ILoggingEvent> {

  private static final int MOST_CHARS = 4_000;
  private static final int MOST_FRAMES = 10; // of each
  private static final int MOST_CAUSES = 10;
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSXXX").withZone(ZoneId.systemDefault());

  private static final Set<String> OURS =
      Set.of("timestamp", "level", "logger", "thread", "message", "error");
  private static final Pattern CONTROLS = Pattern.compile("[\\x7f-\\x9f\\u2028\\u2029\\p{Cs}]");

  private final JsonFactory json = new JsonFactory();

  @Override
  public byte[] headerBytes() {
    return new byte[0];
  }

  @Override
  public byte[] footerBytes() {
    return new byte[0];
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    ByteArrayOutputStream line = new ByteArrayOutputStream(512);
    try (JsonGenerator object = json.createGenerator(line)) {
      object.writeStartObject();
      object.writeStringField("timestamp", TIME.format(event.getInstant()));
      object.writeStringField("level", event.getLevel().toString());
      object.writeStringField("logger", clean(event.getLoggerName()));
      object.writeStringField("thread", clean(event.getThreadName()));
      object.writeStringField("message", clean(event.getFormattedMessage()));
      for (Map.Entry<String, String> entry : event.getMDCPropertyMap().entrySet()) {
        if (!OURS.contains(entry.getKey())) {
          object.writeStringField(clean(entry.getKey()), clean(entry.getValue()));
        }
      }
      if (event.getThrowableProxy() != null) {
        writeError(object, event.getThrowableProxy());
      }
      object.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // there is no disk or network below it
    }
    line.write('\n');
    return line.toByteArray();
  }

  private static void writeError(JsonGenerator object, IThrowableProxy error) throws IOException {
    object.writeObjectFieldStart("error");
    object.writeStringField("class", error.getClassName());
    object.writeStringField("message", clean(error.getMessage()));
    object.writeArrayFieldStart("stack");
    int told = 0;
    for (IThrowableProxy each = error; each != null; each = each.getCause()) {
      if (told++ == MOST_CAUSES) {
        object.writeString("and further causes");
        break;
      }
      if (each != error) {
        object.writeString("caused by " + each.getClassName() + ": " + clean(each.getMessage()));
      }
      StackTraceElementProxy[] frames = each.getStackTraceElementProxyArray();
      for (int i = 0; i < Math.min(frames.length, MOST_FRAMES); i++) {
        object.writeString(frames[i].getSTEAsString());
      }
    }
    object.writeEndArray();
    object.writeEndObject();
  }

  /**
   * Whatever else a reader may take for the end of a line, or a terminal obey, is a space; so is
   * half a character, which strict readers refuse.
   */
  private static String clean(String text) {
    if (text == null) {
      return null;
    }
    String cut = text.length() <= MOST_CHARS ? text : text.substring(0, MOST_CHARS);
    return CONTROLS.matcher(cut).replaceAll(" ");
  }
}

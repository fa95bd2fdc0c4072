package org.trackcoordinator.observe;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** A log event is one line with one JSON object, whatever others wrote into it. */
@Tag("track-coordination")
class JsonLogEncoderTest {

  private final LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();

  @Test
  void saysWhatTheTextSaysAndWhichAttempt() throws IOException {
    LoggingEvent event = event("attempt {} of {}", null, 2, "drive");
    event.setMDCPropertyMap(
        Map.of("correlationId", "01a2", "track", "drive", "level", "from somebody else"));
    JsonNode line = read(event);
    assertThat(line.path("message").asText()).isEqualTo("attempt 2 of drive");
    assertThat(line.path("level").asText()).isEqualTo("WARN");
    assertThat(line.path("logger").asText()).isEqualTo("some.Logger");
    assertThat(line.path("thread").asText()).isNotEmpty();
    assertThat(line.path("correlationId").asText()).isEqualTo("01a2");
    assertThat(line.path("track").asText()).isEqualTo("drive");
    assertThat(OffsetDateTime.parse(line.path("timestamp").asText()).toInstant().toEpochMilli())
        .isEqualTo(event.getTimeStamp());
    assertThat(line.has("arguments")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a\nb",
        "a\r\n{\"level\": \"ERROR\"}\r\nb",
        "a\u001b[31mb",
        "a\u009b31mb",
        "a\u0085b",
        "a\u2028b",
        "a\0b",
        "a\"},b",
        "a\\b",
        "half of a pair: \ud83d b",
        "the other half: \udcc4 b",
        "請求書 \ud83d\udcc4 b"
      })
  void isOneLineWhateverIsInIt(String message) throws IOException {
    String line = line(event(message, null));
    assertThat(line).endsWith("}\n");
    assertThat(line.substring(0, line.length() - 1)).doesNotContainPattern("[\\p{Cc}\u2028\u2029]");
    String read = new JsonMapper().readTree(line).path("message").asText();
    assertThat(read)
        .as("a strict reader takes it: there is no half of a character")
        .isEqualTo(new String(read.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8))
        .endsWith("b");
  }

  @Test
  void anErrorHasItsCausesAndALimit() throws IOException {
    IllegalStateException deep =
        new IllegalStateException("x".repeat(100_000), new IOException("no space"));
    JsonNode error = read(event("it failed", deep)).path("error");
    assertThat(error.path("class").asText()).isEqualTo("java.lang.IllegalStateException");
    assertThat(error.path("message").asText()).hasSize(4_000);
    assertThat(error.path("stack")).hasSizeLessThanOrEqualTo(21);
    assertThat(error.path("stack").toString()).contains("caused by java.io.IOException: no space");
  }

  @Test
  void anErrorThatCausesItselfEnds() throws IOException {
    Exception one = new IllegalStateException("one");
    Exception two = new IllegalStateException("two", one);
    one.initCause(two);
    assertThat(read(event("it failed", one)).path("error").path("message").asText())
        .isEqualTo("one");
  }

  @Test
  void isNotCutWithinACharacter() throws IOException {
    String message = read(event("x".repeat(3_999) + "\ud83d\udcc4", null)).path("message").asText();
    assertThat(message).isEqualTo("x".repeat(3_999) + " ");
  }

  @Test
  void namesOfTheMdcAndOfThreadsAreAsHarmless() throws IOException {
    LoggingEvent event = event("it works", null);
    event.setMDCPropertyMap(Map.of("a\u2028b", "c"));
    event.setThreadName("track a\u0085b");
    JsonNode line = read(event);
    assertThat(line.path("a b").asText()).isEqualTo("c");
    assertThat(line.path("thread").asText()).isEqualTo("track a b");
  }

  @Test
  void ofManyCausesOnlyTheFirstAreTold() throws IOException {
    Exception chain = new IOException("the first");
    for (int i = 0; i < 1_000; i++) {
      chain = new IllegalStateException("y".repeat(4_000), chain);
    }
    String line = line(event("it failed", chain));
    assertThat(line).hasSizeLessThan(100_000);
    assertThat(new JsonMapper().readTree(line).path("error").path("stack").toString())
        .contains("further causes");
  }

  private LoggingEvent event(String message, Throwable thrown, Object... arguments) {
    return new LoggingEvent(
        JsonLogEncoderTest.class.getName(),
        context.getLogger("some.Logger"),
        Level.WARN,
        message,
        thrown,
        arguments);
  }

  private static String line(LoggingEvent event) {
    return new String(new JsonLogEncoder().encode(event), StandardCharsets.UTF_8);
  }

  private static JsonNode read(LoggingEvent event) throws IOException {
    return new JsonMapper().readTree(line(event));
  }
}

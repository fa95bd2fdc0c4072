package org.trackcoordinator.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** A log event is one line of text, whatever others wrote into its message. */
@Tag("track-coordination")
class LogFormatTest {

  private static final Logger ROOT =
      ((LoggerContext) LoggerFactory.getILoggerFactory()).getLogger(Logger.ROOT_LOGGER_NAME);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a\nb",
        "a\r\nb",
        "a\r\n2026-11-29T00:00:00.000Z ERROR Forged - all is lost\r\nb",
        "a\u001b[2J\u001b[31mb",
        "a\u009b31mb",
        "a\u0085b",
        "a\u2028b",
        "a\u2029b",
        "a\0b",
        "a\bb",
        "a\u007fb",
        "a\u000bb\u000cb"
      })
  void controlCharactersBecomeSpaces(String message) {
    String line = written(message);
    assertThat(line).endsWith("b" + System.lineSeparator());
    assertThat(line.stripTrailing()).doesNotContainPattern("[\\p{Cc}\u2028\u2029]");
    assertThat(line).contains("LogFormatTest - a ");
  }

  @Test
  void aLongMessageIsCutAtItsEnd() {
    assertThat(written("begins" + "x".repeat(1_000_000)))
        .contains("- beginsxxx")
        .hasSizeLessThan(5_000);
  }

  private static String written(String message) {
    ConsoleAppender<ILoggingEvent> console =
        (ConsoleAppender<ILoggingEvent>) ROOT.getAppender("stderr");
    LoggingEvent event =
        new LoggingEvent(
            LogFormatTest.class.getName(),
            ROOT.getLoggerContext().getLogger(LogFormatTest.class),
            Level.INFO,
            message,
            null,
            null);
    return new String(console.getEncoder().encode(event), StandardCharsets.UTF_8);
  }
}

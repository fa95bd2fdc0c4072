package org.trackcoordinator.testing;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.LoggerFactory;

/** What this process logs at INFO and above, from now on until it is closed: {@code WARN text}. */
public final class LogLines implements AutoCloseable {

  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final List<String> thrown = new CopyOnWriteArrayList<>();
  private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  private final AppenderBase<ILoggingEvent> appender =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          if (event.getLevel().isGreaterOrEqual(Level.INFO)) {
            lines.add(event.getLevel() + " " + event.getFormattedMessage());
            for (var cause = event.getThrowableProxy(); cause != null; cause = cause.getCause()) {
              thrown.add(cause.getClassName() + ": " + cause.getMessage());
            }
          }
        }
      };

  public LogLines() {
    appender.setContext(root.getLoggerContext());
    appender.start();
    root.addAppender(appender);
  }

  /** All so far. */
  public List<String> all() {
    return List.copyOf(lines);
  }

  /** The exceptions that were logged with a stack trace, and their causes. */
  public List<String> thrown() {
    return List.copyOf(thrown);
  }

  /** Those that match this regular expression as a whole. */
  public List<String> matching(String pattern) {
    return lines.stream().filter(line -> line.matches("(?s)" + pattern)).toList();
  }

  @Override
  public void close() {
    root.detachAppender(appender);
  }
}

package org.trackcoordinator.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.function.Consumer;
import javax.sql.DataSource;

/**
 * Connects to a database that may be down, again and again.
 *
 * @param place the database's name in messages
 * @param patience how long to try; null for ever
 * @param report takes a message when the waiting begins, when its cause changes, and every half
 *     minute
 */
record DatabaseWait(String place, Duration patience, Consumer<String> report) {

  private static final Duration FIRST_PAUSE = Duration.ofMillis(250);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);
  private static final Duration REPORT_EVERY = Duration.ofSeconds(30);

  /**
   * Returns the first connection that succeeds.
   *
   * @throws DatabaseException if the database refuses the connection, or does not answer in time
   */
  Connection connect(DataSource source) {
    long begin = System.nanoTime();
    Duration pause = FIRST_PAUSE;
    String reported = null;
    Duration reportedAt = Duration.ZERO;
    while (true) {
      try {
        Connection connection = source.getConnection();
        if (reported != null) {
          report.accept(
              "The database %s answers after %s".formatted(place, Pause.text(since(begin))));
        }
        return connection;
      } catch (SQLException e) {
        String cause = ConnectionFailure.cause(e);
        if (!ConnectionFailure.isTransient(e)) {
          throw new DatabaseException(
              "The database %s refuses the connection: %s".formatted(place, cause), e);
        }
        Duration waited = since(begin);
        if (patience != null && waited.compareTo(patience) >= 0) {
          throw new DatabaseException(
              "The database %s does not answer: %s (tried for %s)"
                  .formatted(place, cause, Pause.text(waited)),
              e);
        }
        if (patience != null && waited.plus(pause).compareTo(patience) > 0) {
          pause = patience.minus(waited);
        }
        if (!cause.equals(reported) || waited.minus(reportedAt).compareTo(REPORT_EVERY) >= 0) {
          report.accept(
              "Waiting for the database %s: %s; next try in %s"
                  .formatted(place, cause, Pause.text(pause)));
          reported = cause;
          reportedAt = waited;
        }
        Pause.of(pause, "waiting for the database " + place);
        pause = Pause.longer(pause, LONGEST_PAUSE);
      }
    }
  }

  private static Duration since(long begin) {
    return Duration.ofNanos(System.nanoTime() - begin);
  }
}

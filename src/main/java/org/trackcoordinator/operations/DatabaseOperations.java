package org.trackcoordinator.operations;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.trackcoordinator.database.Database;

/** The functions with one JSON argument, called in the database itself. */
public final class DatabaseOperations implements Operations {

  private static final int MOST_TRIES = 5;
  private static final Duration PAUSE = Duration.ofMillis(100);
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(200);

  private final Database database;

  /**
   * @param database closed with this
   */
  public DatabaseOperations(Database database) {
    this.database = database;
  }

  /** What the coordinator's own transactions got in the way of is tried again: nothing was done. */
  @Override
  public ObjectNode call(Operation operation, ObjectNode argument) {
    int tries = 1;
    while (true) {
      try {
        return SchemaQueries.ask(database, connection -> call(connection, operation, argument));
      } catch (RefusedOperation e) {
        if (!e.isUndone() || tries == MOST_TRIES) {
          throw e;
        }
        pause(PAUSE.multipliedBy(tries));
        tries++;
      }
    }
  }

  /**
   * Looks for the run's state, one row by its key, again and again. It does not mark the run as
   * awaited: nobody need tell who looks, and poolers may let no NOTIFY through.
   */
  @Override
  public ObjectNode awaitEnd(String correlationId, Duration time) {
    return SchemaQueries.ask(
        database,
        connection -> {
          long begun = System.nanoTime();
          long left = time.toNanos();
          while (left > 0 && isRunning(connection, correlationId)) {
            pause(Duration.ofNanos(Math.min(left, BETWEEN_LOOKS.toNanos())));
            left = time.toNanos() - (System.nanoTime() - begun);
          }
          return call(
              connection, Operation.READ_RESULT, Json.object().put("correlationId", correlationId));
        });
  }

  @Override
  public String place() {
    return database.description();
  }

  @Override
  public void close() {
    database.close();
  }

  private static ObjectNode call(Connection connection, Operation operation, ObjectNode argument)
      throws SQLException {
    String sql =
        "select cast(track_coordination.%s(cast(? as jsonb)) as text)"
            .formatted(operation.function());
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, Json.text(argument));
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return (ObjectNode) Json.read(row.getString(1));
      }
    } catch (JsonProcessingException e) {
      throw new SQLException("no JSON came from " + operation.function(), e);
    }
  }

  private static boolean isRunning(Connection connection, String correlationId)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "select r.state from track_coordination.runs r where r.correlation_id = ?")) {
      statement.setObject(1, UUID.fromString(correlationId));
      try (ResultSet row = statement.executeQuery()) {
        return row.next() && row.getString(1).equals("running");
      }
    }
  }

  private static void pause(Duration time) {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(Math.max(1, time.toMillis())));
  }
}

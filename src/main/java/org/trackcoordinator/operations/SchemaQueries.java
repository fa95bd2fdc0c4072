package org.trackcoordinator.operations;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Set;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;
import org.trackcoordinator.database.Database;

/** Runs a question of people against the schema, or says that there is none yet. */
public final class SchemaQueries {

  /** Unknown schema, function, table or column. */
  private static final Set<String> NOT_MIGRATED = Set.of("3F000", "42883", "42P01", "42703");

  /** What was asked for does not exist, or is refused; all of class 22 is, too. */
  private static final Set<String> REFUSED =
      Set.of("42704", "42501", "23505", "55000", "55006", "54000");

  private static final String REFUSED_VALUE = "22";

  /** Of connections, rolled back, lack of resources, and ended by an operator. */
  private static final Set<String> TRANSIENT = Set.of("08", "40", "53", "57");

  private SchemaQueries() {}

  /** A question to the database. */
  public interface Question<T> {
    /** Asks it. */
    T ask(Connection connection) throws SQLException;
  }

  /**
   * Asks on a connection of its own, which commits each statement.
   *
   * @throws RefusedOperation if the database refuses or fails, or lacks the schema
   */
  public static <T> T ask(Database database, Question<T> question) {
    try (Connection connection = database.plain().getConnection()) {
      return question.ask(connection);
    } catch (SQLException e) {
      throw refusal(database.description(), e);
    }
  }

  private static RefusedOperation refusal(String place, SQLException failure) {
    String state = String.valueOf(failure.getSQLState());
    String kind = state.length() == 5 ? state.substring(0, 2) : "";
    String said =
        NOT_MIGRATED.contains(state)
            ? "The database (%s) lacks the coordinator's schema, or has an old one; 'migrate' makes it"
                .formatted(place)
            : REFUSED.contains(state) || kind.equals(REFUSED_VALUE)
                ? "In %s %s".formatted(place, message(failure))
                : "The database (%s) failed: %s".formatted(place, message(failure));
    boolean mayPass = TRANSIENT.contains(kind) || state.equals("55P03");
    return new RefusedOperation(said, state, mayPass, failure);
  }

  /** Without the statements that it stood in, which {@code --verbose} shows. */
  private static String message(SQLException failure) {
    if (failure instanceof PSQLException server && server.getServerErrorMessage() != null) {
      ServerErrorMessage said = server.getServerErrorMessage();
      return said.getHint() == null ? said.getMessage() : said.getMessage() + ". " + said.getHint();
    }
    return failure.getMessage();
  }
}

package org.trackcoordinator.cli;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Set;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;
import org.trackcoordinator.database.Database;

/** Runs a question of people against the schema, or says that there is none yet. */
final class SchemaQueries {

  /** Unknown schema, function, table or column. */
  private static final Set<String> NOT_MIGRATED = Set.of("3F000", "42883", "42P01", "42703");

  /** What was asked for does not exist, or is refused. */
  private static final Set<String> REFUSED = Set.of("42704", "22023");

  private SchemaQueries() {}

  /** A question to the database. */
  interface Question<T> {
    T ask(Connection connection) throws SQLException;
  }

  static <T> T ask(Database database, Question<T> question) {
    try (Connection connection = database.plain().getConnection()) {
      return question.ask(connection);
    } catch (SQLException e) {
      if (NOT_MIGRATED.contains(String.valueOf(e.getSQLState()))) {
        throw new Refusal(
            "The database (%s) lacks the coordinator's schema, or has an old one; 'migrate' makes it"
                .formatted(database.description()),
            e);
      }
      if (REFUSED.contains(String.valueOf(e.getSQLState()))) {
        throw new Refusal("In %s %s".formatted(database.description(), message(e)), e);
      }
      throw new Refusal(
          "The database (%s) failed: %s".formatted(database.description(), message(e)), e);
    }
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

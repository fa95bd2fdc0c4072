package org.trackcoordinator.database;

import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.flywaydb.core.api.exception.FlywayValidateException;
import org.flywaydb.core.internal.sqlscript.FlywaySqlScriptException;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** Says what the server said about a migration, and where, without Flyway's words around it. */
final class MigrationFailure {

  /** Lock not available, deadlock: time heals them. */
  private static final Set<String> LOCK_CONFLICTS = Set.of("55P03", "40P01");

  private static final Pattern LINE_IN_BLOCK = Pattern.compile("inline_code_block line (\\d+)");

  private static final Pattern BODY = Pattern.compile("\\$\\w*\\$");

  private static final Pattern COMMENTS =
      Pattern.compile("(?:\\s|--[^\\n]*\\n|/\\*.*?\\*/)*", Pattern.DOTALL);

  private MigrationFailure() {}

  static boolean isLockConflict(Exception failure) {
    return find(PSQLException.class, failure)
        .map(PSQLException::getSQLState)
        .filter(LOCK_CONFLICTS::contains)
        .isPresent();
  }

  static DatabaseException exception(Exception failure) {
    String said = find(PSQLException.class, failure).map(MigrationFailure::said).orElse(null);
    Optional<FlywaySqlScriptException> script = find(FlywaySqlScriptException.class, failure);
    if (script.isPresent() && said != null) {
      return new DatabaseException(
          "Migration %s, line %d: %s"
              .formatted(script.get().getResource().getFilename(), line(script.get()), said),
          failure);
    }
    if (failure instanceof FlywayValidateException) {
      return new DatabaseException(
          "The migrations that the database has seen are not those of this program: "
              + failure.getMessage(),
          failure);
    }
    return new DatabaseException(
        "The database cannot be migrated: " + (said == null ? failure.getMessage() : said),
        failure);
  }

  private static String said(PSQLException failure) {
    ServerErrorMessage error = failure.getServerErrorMessage();
    if (error == null) {
      return failure.getMessage();
    }
    StringBuilder said = new StringBuilder(String.valueOf(error.getMessage()));
    append(said, "Detail", error.getDetail());
    append(said, "Hint", error.getHint());
    return said.append(" (SQLSTATE ").append(error.getSQLState()).append(')').toString();
  }

  private static void append(StringBuilder said, String name, String text) {
    if (text != null) {
      said.append(System.lineSeparator()).append("  ").append(name).append(": ").append(text);
    }
  }

  /**
   * The line in the file. Flyway knows on which line the first word of the statement stands, the
   * server where in the statement, comments before it included, the mistake is.
   */
  private static int line(FlywaySqlScriptException script) {
    String statement = String.valueOf(script.getStatement());
    int first = script.getLineNumber() - lineBreaks(statement, firstWord(statement));
    ServerErrorMessage error =
        find(PSQLException.class, script).map(PSQLException::getServerErrorMessage).orElse(null);
    if (error == null) {
      return script.getLineNumber();
    }
    if (error.getPosition() > 0) {
      return first + lineBreaks(statement, error.getPosition() - 1);
    }
    Matcher block = LINE_IN_BLOCK.matcher(String.valueOf(error.getWhere()));
    Matcher body = BODY.matcher(statement);
    return block.find() && body.find(firstWord(statement))
        ? first + lineBreaks(statement, body.end()) + Integer.parseInt(block.group(1)) - 1
        : script.getLineNumber();
  }

  private static int firstWord(String statement) {
    Matcher comments = COMMENTS.matcher(statement);
    return comments.lookingAt() ? comments.end() : 0;
  }

  private static int lineBreaks(String text, int end) {
    return (int)
        text.substring(0, Math.min(end, text.length())).chars().filter(c -> c == '\n').count();
  }

  private static <T extends Throwable> Optional<T> find(Class<T> type, Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (type.isInstance(cause)) {
        return Optional.of(type.cast(cause));
      }
    }
    return Optional.empty();
  }
}

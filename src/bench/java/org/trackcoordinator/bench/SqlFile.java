package org.trackcoordinator.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A statement of the routes, driven without Camel. Its parameters are known by their names alone,
 * {@code :#name}, {@code :#${body[name]}} or {@code :#${variable.name}}, so that the files may
 * change as long as something before them brings what they ask for.
 */
final class SqlFile {

  private static final Path FOLDER = Path.of("routes", "sql");
  private static final Pattern COMMENT = Pattern.compile("(?m)^\\s*--.*$");
  private static final Pattern PARAMETER = Pattern.compile(":#(?:\\$\\{([^}]*)}|(\\w+))");
  private static final Pattern PLACE = Pattern.compile("(?:body|header|variable)[.\\[](\\w+)]?");

  private final String name;
  private final String text;
  private final List<String> parameters = new ArrayList<>();

  private SqlFile(String name, String source) {
    this.name = name;
    StringBuilder jdbc = new StringBuilder();
    Matcher found = PARAMETER.matcher(COMMENT.matcher(source).replaceAll(""));
    while (found.find()) {
      parameters.add(found.group(1) == null ? found.group(2) : plain(found.group(1)));
      found.appendReplacement(jdbc, "?");
    }
    this.text = found.appendTail(jdbc).toString();
  }

  /**
   * @param name of a file in routes/sql, without its ending
   */
  static SqlFile of(String name) throws IOException {
    return new SqlFile(name, Files.readString(FOLDER.resolve(name + ".sql")));
  }

  private static String plain(String expression) {
    Matcher place = PLACE.matcher(expression);
    return place.matches() ? place.group(1) : expression;
  }

  /**
   * Runs it.
   *
   * @param values by the parameters' names; a name that is not there is an error, a null is null
   * @return the rows by column; none for a statement that returns none
   */
  List<Map<String, Object>> run(Connection connection, Map<String, ?> values) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(text)) {
      for (int index = 0; index < parameters.size(); index++) {
        String parameter = parameters.get(index);
        if (!values.containsKey(parameter)) {
          throw new IllegalStateException(
              "%s.sql wants %s; there is %s".formatted(name, parameter, values.keySet()));
        }
        statement.setObject(index + 1, values.get(parameter));
      }
      return statement.execute() ? rows(statement.getResultSet()) : List.of();
    }
  }

  private static List<Map<String, Object>> rows(ResultSet result) throws SQLException {
    ResultSetMetaData columns = result.getMetaData();
    List<Map<String, Object>> rows = new ArrayList<>();
    while (result.next()) {
      Map<String, Object> row = new HashMap<>();
      for (int column = 1; column <= columns.getColumnCount(); column++) {
        row.put(columns.getColumnLabel(column), result.getObject(column));
      }
      rows.add(row);
    }
    return rows;
  }
}

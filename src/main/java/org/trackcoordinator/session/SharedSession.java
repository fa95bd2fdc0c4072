package org.trackcoordinator.session;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A connection by way of a pooler that gives each transaction another session of the server: its
 * settings are kept here and sent at the beginning of each transaction, for that one only. So they
 * hold for all that is done, and for nobody else.
 *
 * <p>A statement without a transaction gets one of its own, with the same settings. {@code SET name
 * = value} and {@code RESET name} change what is kept. What PostgreSQL runs in no transaction, such
 * as VACUUM, runs as it is.
 */
public final class SharedSession implements InvocationHandler {

  private static final String COMMENTS = "(?s)(?:\\s|--[^\\n]*+\\n|/\\*.*?\\*/)*+(?i:";

  private static final Pattern ALONE =
      Pattern.compile(
          COMMENTS + "vacuum\\b|call\\b|(?:create|drop|reindex)\\b[^;]*?\\sconcurrently\\b)");

  private static final Pattern SET =
      Pattern.compile(
          COMMENTS
              + "set\\s+(?!local\\b)(?:session\\s+)?(?:(role)\\s|([\\w.]+)\\s*(?:=|to\\b)))"
              + "\\s*('(?:[^']|'')*'|[\\w.-]+)\\s*");

  private static final Pattern RESET = Pattern.compile(COMMENTS + "reset\\s+([\\w.]+))\\s*");

  private final Connection connection;
  private final Map<String, String> settings;
  private Connection proxy;
  private String sent; // at the beginning of each transaction
  private boolean applied; // in the transaction that is under way

  private SharedSession(Connection connection, Map<String, String> settings) {
    this.connection = connection;
    this.settings = new LinkedHashMap<>(settings);
  }

  /**
   * Wraps a connection that has nothing under way.
   *
   * @param settings by name; they go before what the server has
   */
  public static Connection of(Connection connection, Map<String, String> settings) {
    SharedSession session = new SharedSession(connection, settings);
    session.sent = session.statement();
    session.proxy = proxy(Connection.class, session);
    return session.proxy;
  }

  @Override
  public Object invoke(Object self, Method method, Object[] arguments) throws Throwable {
    switch (method.getName()) {
      case "equals":
        return self == arguments[0];
      case "hashCode":
        return System.identityHashCode(self);
      case "toString":
        return "shared session on " + connection;
      case "createStatement":
      case "prepareStatement":
      case "prepareCall":
        Statement statement = (Statement) call(connection, method, arguments);
        boolean prepared = !method.getName().equals("createStatement");
        return wrap(statement, prepared ? (String) arguments[0] : null);
      case "setSavepoint":
        apply();
        return call(connection, method, arguments);
      case "commit":
      case "setAutoCommit":
        applied = false;
        return call(connection, method, arguments);
      case "rollback":
        applied &= arguments != null; // to a savepoint
        return call(connection, method, arguments);
      default:
        return call(connection, method, arguments);
    }
  }

  private Statement wrap(Statement statement, String prepared) {
    Class<? extends Statement> type =
        statement instanceof CallableStatement
            ? CallableStatement.class
            : statement instanceof PreparedStatement ? PreparedStatement.class : Statement.class;
    return proxy(
        type,
        (self, method, arguments) -> {
          if (method.getName().equals("getConnection")) {
            return proxy;
          }
          if (!method.getName().startsWith("execute")) {
            return call(statement, method, arguments);
          }
          boolean given = arguments != null && arguments[0] instanceof String;
          String sql = given ? (String) arguments[0] : prepared;
          if (sql != null && keep(sql)) {
            return method.getReturnType() == boolean.class ? (Object) false : 0;
          }
          return execute(sql, () -> call(statement, method, arguments));
        });
  }

  private interface Call {
    Object run() throws Throwable;
  }

  private Object execute(String sql, Call statement) throws Throwable {
    if (!connection.getAutoCommit()) {
      apply();
      return statement.run();
    }
    if (sql != null && ALONE.matcher(sql).lookingAt()) {
      return statement.run();
    }
    connection.setAutoCommit(false);
    try {
      apply();
      Object result = statement.run();
      connection.commit();
      applied = false;
      connection.setAutoCommit(true);
      return result;
    } catch (Throwable failure) {
      applied = false;
      try {
        connection.rollback();
        connection.setAutoCommit(true);
      } catch (SQLException broken) {
        failure.addSuppressed(broken);
      }
      throw failure;
    }
  }

  /** Returns whether this statement was one for the session, which now has what it says. */
  private boolean keep(String sql) throws SQLException {
    Matcher set = SET.matcher(sql);
    Matcher reset = RESET.matcher(sql);
    String now;
    if (set.matches()) {
      String name = (set.group(1) == null ? set.group(2) : set.group(1)).toLowerCase(Locale.ROOT);
      settings.put(name, value(set.group(3)));
      now = "select " + setting(name);
    } else if (reset.matches()) {
      String name = reset.group(1).toLowerCase(Locale.ROOT);
      settings.remove(name);
      now = "set local " + name + " to default";
    } else {
      return false;
    }
    sent = statement();
    if (applied) {
      send(now);
    }
    return true;
  }

  private static String value(String literal) {
    boolean quoted = literal.length() > 1 && literal.startsWith("'") && literal.endsWith("'");
    return quoted ? literal.substring(1, literal.length() - 1).replace("''", "'") : literal;
  }

  private void apply() throws SQLException {
    if (!applied) {
      send(sent);
      applied = true;
    }
  }

  private void send(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private String statement() {
    return settings.keySet().stream()
        .map(this::setting)
        .collect(Collectors.joining(", ", "select ", ""));
  }

  private String setting(String name) {
    return "set_config(%s, %s, true)".formatted(text(name), text(settings.get(name)));
  }

  private static String text(String value) {
    return "'" + value.replace("'", "''") + "'";
  }

  private static Object call(Object target, Method method, Object[] arguments) throws Throwable {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private static <T> T proxy(Class<T> type, InvocationHandler handler) {
    return type.cast(
        Proxy.newProxyInstance(
            SharedSession.class.getClassLoader(), new Class<?>[] {type}, handler));
  }
}

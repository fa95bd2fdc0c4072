package org.trackcoordinator.testing;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;

/**
 * A data source that does what it is told and now and then, after a commit, says that the
 * connection broke: whoever asked can't know whether it was done.
 */
public final class LostAnswers {

  private final int every;
  private final AtomicInteger commits = new AtomicInteger();

  private LostAnswers(int every) {
    this.every = every;
  }

  /**
   * Wraps a data source.
   *
   * @param every how many commits lose their answer: 3 stands for one in three
   */
  public static DataSource of(DataSource source, int every) {
    LostAnswers answers = new LostAnswers(every);
    return answers.wrap(
        DataSource.class,
        source,
        (method, result) ->
            result instanceof Connection connection ? answers.connection(connection) : result);
  }

  private Connection connection(Connection connection) {
    return wrap(
        Connection.class,
        connection,
        (method, result) -> {
          if (method.getName().equals("commit")) {
            loseAnswer();
          }
          return result instanceof PreparedStatement statement
              ? statement(connection, statement)
              : result;
        });
  }

  private PreparedStatement statement(Connection connection, PreparedStatement statement) {
    return wrap(
        PreparedStatement.class,
        statement,
        (method, result) -> {
          if (method.getName().startsWith("execute") && connection.getAutoCommit()) {
            loseAnswer();
          }
          return result;
        });
  }

  private void loseAnswer() throws SQLException {
    // scattered, but the same in each run: what is counted out would hit the same job each time
    if (Math.floorMod(commits.incrementAndGet() * 0x9E3779B9 >>> 7, every) == 0) {
      throw new SQLException("The answer was lost", "08006");
    }
  }

  private interface After {
    Object answer(Method method, Object result) throws SQLException;
  }

  private <T> T wrap(Class<T> type, T target, After after) {
    InvocationHandler handler =
        (proxy, method, arguments) -> {
          try {
            return after.answer(method, method.invoke(target, arguments));
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
        };
    return type.cast(
        Proxy.newProxyInstance(LostAnswers.class.getClassLoader(), new Class<?>[] {type}, handler));
  }
}

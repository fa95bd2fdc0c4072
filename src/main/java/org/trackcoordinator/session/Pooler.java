package org.trackcoordinator.session;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.postgresql.PGConnection;

/** Tells whether a connection pooler, such as PgBouncer, stands between a client and the server. */
public final class Pooler {

  private static final String PID = "select pg_backend_pid()";
  private static final int ROUNDS = 4;

  private Pooler() {}

  /**
   * Whether a pooler took this connection. A server tells each client the number of its process; a
   * pooler, which may change the process at any time, tells a number of its own.
   */
  public static boolean isBehind(Connection connection) throws SQLException {
    return isBehind(connection, pid(connection));
  }

  /** The same, where the number of the server's process is known already. */
  public static boolean isBehind(Connection connection, int pid) throws SQLException {
    return connection.unwrap(PGConnection.class).getBackendPID() != pid;
  }

  /**
   * Whether sessions are shared out, each transaction to whoever comes next. Where each client
   * keeps its session, two clients see two processes, and always the same ones.
   *
   * @param one with nothing under way, as the other one
   */
  public static boolean sharesSessions(Connection one, Connection other) throws SQLException {
    if (!isBehind(one)) {
      return false;
    }
    Set<Integer> ofOne = new HashSet<>();
    Set<Integer> ofOther = new HashSet<>();
    for (int round = 0; round < ROUNDS; round++) {
      // not in turns: a pooler that goes round two processes would give each client always the same
      ofOne.add(pid(one));
      ofOther.addAll(List.of(pid(other), pid(other)));
      ofOne.add(pid(one));
    }
    return ofOne.size() > 1 || ofOther.size() > 1 || ofOne.equals(ofOther);
  }

  private static int pid(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet answer = statement.executeQuery(PID)) {
      answer.next();
      return answer.getInt(1);
    }
  }
}

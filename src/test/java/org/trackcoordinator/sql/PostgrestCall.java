package org.trackcoordinator.sql;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.trackcoordinator.testing.Login;

/**
 * Does what PostgREST does with a request: one transaction, in which the role of the token and its
 * claims are settings.
 */
final class PostgrestCall {

  private final Login authenticator;
  private final String role;
  private final String user;

  /**
   * @param user the token's {@code sub}; null for none
   */
  PostgrestCall(Login authenticator, String role, String user) {
    this.authenticator = authenticator;
    this.role = role;
    this.user = user;
  }

  /** {@code POST /rpc/<function>} with this body. */
  String rpc(String function, String body) throws SQLException {
    return ask(
        """
        with pgrst_source as (
          select pgrst_call.pgrst_scalar
            from (select cast(? as json) as json_data) pgrst_payload,
                 lateral (select "track_coordination"."%s"(cast(pgrst_payload.json_data as jsonb)) as pgrst_scalar) pgrst_call)
        select coalesce(cast(json_agg(_postgrest_t.pgrst_scalar) -> 0 as text), 'null') from (select * from pgrst_source) _postgrest_t
        """
            .formatted(function),
        body);
  }

  /** A statement with one parameter, and the first value that it answers; null for none. */
  String ask(String statement, String parameter) throws SQLException {
    Connection connection = authenticator.sql().getDataSource().getConnection();
    connection.setAutoCommit(false);
    try {
      set(connection, "search_path", "\"track_coordination\", \"public\"");
      set(connection, "role", role);
      set(
          connection,
          "request.jwt.claims",
          user == null
              ? "{\"role\": \"" + role + "\"}"
              : "{\"role\": \"" + role + "\", \"sub\": \"" + user + "\"}");
      try (PreparedStatement call = connection.prepareStatement(statement)) {
        if (parameter != null) {
          call.setString(1, parameter);
        }
        String value = null;
        if (call.execute()) {
          try (ResultSet answer = call.getResultSet()) {
            value = answer.next() ? answer.getString(1) : null;
          }
        }
        connection.commit();
        return value;
      }
    } finally {
      connection.rollback();
      connection.setAutoCommit(true);
    }
  }

  private static void set(Connection connection, String name, String value) throws SQLException {
    try (PreparedStatement set = connection.prepareStatement("select set_config(?, ?, true)")) {
      set.setString(1, name);
      set.setString(2, value);
      set.execute();
    }
  }
}

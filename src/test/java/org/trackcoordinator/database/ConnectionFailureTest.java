package org.trackcoordinator.database;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.ConnectException;
import java.net.UnknownHostException;
import java.sql.SQLException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("processing-logs")
class ConnectionFailureTest {

  @ParameterizedTest(name = "{0}: {2}")
  @CsvSource({
    "08001, true, cannot connect",
    "08006, true, connection failure",
    "53300, true, too many connections",
    "57P03, true, starting up",
    "58030, true, io error",
    "08004, false, no password given",
    "28P01, false, wrong password",
    "28000, false, no entry in pg_hba.conf",
    "3D000, false, no such database",
    "08P01, true, query_wait_timeout",
    "08P01, true, 'server login has been failing, try again later (server_login_retry)'",
    "08P01, true, no more connections allowed (max_client_conn)",
    "08P01, false, unsupported startup parameter: options",
    "08P01, false, 'password authentication failed'",
    "08P01, false, no such database: books",
    "08P01, false, 'database \"books\" does not exist'",
    "08P01, false, transaction blocks not allowed in statement pooling mode",
    "42501, false, no right to connect",
    "42704, false, unknown parameter in options",
    "22023, false, wrong value in options",
  })
  void waitsOnlyForWhatTimeHeals(String state, boolean expected, String what) {
    assertThat(ConnectionFailure.isTransient(new SQLException(what, state))).isEqualTo(expected);
  }

  @Test
  void tellsTheCauseInAFewWords() {
    assertThat(failureWith(new ConnectException("Connection refused")))
        .isEqualTo("Connection refused");
    assertThat(failureWith(new UnknownHostException("db.example")))
        .isEqualTo("unknown host db.example");
  }

  private static String failureWith(Exception cause) {
    return ConnectionFailure.cause(new SQLException("Connection to … failed.", "08001", cause));
  }
}

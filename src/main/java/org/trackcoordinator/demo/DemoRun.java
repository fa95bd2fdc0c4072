package org.trackcoordinator.demo;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * What the database says of a run.
 *
 * @param correlationId its key
 * @param state running, completed, failed, cancelled, timed_out
 * @param subject of the mail that started it
 * @param error of the track that failed; null if none did
 * @param duration from its start to its end, or until now
 */
record DemoRun(UUID correlationId, String state, String subject, String error, Duration duration) {

  private static final String RUNS =
      """
      select correlation_id, state, track_coordination.run_payload(correlation_id) ->> 'subject' as subject, error,
             extract(epoch from duration) * 1000 as millis
        from track_coordination.run_overview
       where workflow = 'invoice-intake'
       order by started_at, correlation_id
      """;

  private static final String FINDINGS =
      "select concat_ws(' ', invariant, correlation_id, track_id, detail) from track_coordination.audit()";

  /** All runs of the sample workflow, by start. */
  static List<DemoRun> all(Connection connection) throws SQLException {
    try (var statement = connection.createStatement();
        var rows = statement.executeQuery(RUNS)) {
      var runs = new ArrayList<DemoRun>();
      while (rows.next()) {
        runs.add(read(rows));
      }
      return runs;
    }
  }

  /** What the audit finds wrong; nothing if all is well. */
  static List<String> findings(Connection connection) throws SQLException {
    try (var statement = connection.createStatement();
        var rows = statement.executeQuery(FINDINGS)) {
      var findings = new ArrayList<String>();
      while (rows.next()) {
        findings.add(rows.getString(1));
      }
      return findings;
    }
  }

  boolean isFinal() {
    return !state.equals("running");
  }

  boolean isCompleted() {
    return state.equals("completed");
  }

  private static DemoRun read(ResultSet row) throws SQLException {
    return new DemoRun(
        row.getObject("correlation_id", UUID.class),
        row.getString("state"),
        row.getString("subject"),
        row.getString("error"),
        Duration.ofMillis(row.getLong("millis")));
  }
}

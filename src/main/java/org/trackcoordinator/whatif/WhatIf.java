package org.trackcoordinator.whatif;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.WorkflowFiles;

/**
 * Past runs of a workflow through a changed graph: which activations it would add, lose, or make
 * ready at another place. Reads only.
 */
public final class WhatIf {

  /**
   * What came of it.
   *
   * @param runs how many ended runs were replayed
   * @param running how many runs were left out since they still run
   * @param unexplained how many of the replayed hold activations that their own graph does not
   *     explain, as after an operator's retry; these are taken as they are
   * @param differences the most frequent first
   */
  public record Result(long runs, long running, long unexplained, List<Found> differences) {}

  /**
   * A difference, and where it was found.
   *
   * @param runs in how many runs
   * @param examples some of these, by correlation id
   */
  public record Found(Difference difference, long runs, List<UUID> examples) {}

  private static final class Tally {
    private final List<UUID> examples = new ArrayList<>();
    private long runs;
  }

  private final Definition changed;
  private final Graph changedGraph;
  private final int examples;
  private final Map<Integer, Graph> graphs = new HashMap<>();
  private final Map<Difference, Tally> tallies = new LinkedHashMap<>();
  private long runs;
  private long unexplained;

  private WhatIf(Definition changed, int examples) {
    this.changed = changed;
    this.changedGraph = new Graph(changed);
    this.examples = examples;
  }

  /**
   * Replays the runs of the definition's workflow that ended since.
   *
   * @param connection any; what it is set to is set back
   * @param examples how many correlation ids to keep of each difference
   * @throws SQLException also for an attempt to write: the transaction is read-only
   */
  public static Result of(Connection connection, Definition changed, Duration since, int examples)
      throws SQLException {
    connection.setReadOnly(true);
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      // of the transaction: the session may be another client's next
      statement.execute("set transaction isolation level repeatable read");
      return new WhatIf(changed, examples).replay(connection, since);
    } finally {
      connection.rollback();
      connection.setAutoCommit(true);
      connection.setReadOnly(false);
    }
  }

  private Result replay(Connection connection, Duration since) throws SQLException {
    readGraphs(connection);
    RunLog.read(connection, changed.workflow(), since, this::add);
    List<Found> found = new ArrayList<>();
    tallies.forEach(
        (difference, tally) ->
            found.add(new Found(difference, tally.runs, List.copyOf(tally.examples))));
    found.sort(Comparator.comparingLong(Found::runs).reversed());
    return new Result(runs, running(connection), unexplained, List.copyOf(found));
  }

  private void add(RunRecord run) {
    Graph graph = graphs.get(run.definitionId());
    Replay recorded = Replay.ofRecord(graph, run);
    runs++;
    if (recorded.isUnexplained()) {
      unexplained++;
    }
    for (Difference difference : Comparison.of(recorded, changedGraph)) {
      Tally tally = tallies.computeIfAbsent(difference, d -> new Tally());
      tally.runs++;
      if (tally.examples.size() < examples) {
        tally.examples.add(run.correlationId());
      }
    }
  }

  /** The definitions that runs may have run on, by their stored documents; no simulated ones. */
  private void readGraphs(Connection connection) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            select d.definition_id, d.hash, d.document from track_coordination.definitions d
             where d.workflow = ?
               and not exists (select from track_coordination.definition_tracks t
                                where t.definition_id = d.definition_id and t.handler like 'simulate/%')
            """)) {
      statement.setString(1, changed.workflow());
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          String name = "definition " + rows.getString(2) + ".json";
          graphs.put(rows.getInt(1), new Graph(WorkflowFiles.parse(name, rows.getString(3))));
        }
      }
    }
  }

  private long running(Connection connection) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "select count(*) from track_coordination.definitions d join track_coordination.runs r"
                + " on r.definition_id = d.definition_id and r.finished_at is null where d.workflow = ?")) {
      statement.setString(1, changed.workflow());
      try (ResultSet rows = statement.executeQuery()) {
        rows.next();
        return rows.getLong(1);
      }
    }
  }
}

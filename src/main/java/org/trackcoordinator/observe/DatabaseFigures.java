package org.trackcoordinator.observe;

import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * Queues, gates, quarantine and runs as the database has them, see {@code 125_create_figures.sql}:
 * the same at each instance, whoever did it.
 */
final class DatabaseFigures {

  private static final int QUERY_SECONDS = 10;

  private static final String RUNNING = "tracks_runs_running";

  /** What is said of each gauge. One that is not here, of a schema that is newer, is not shown. */
  private static final Map<String, String> HELP =
      Map.of(
          "tracks_queue_depth",
          "What is not done: ready to be taken, in progress, held behind a gate, or due later",
          "tracks_queue_oldest_seconds",
          "How long the oldest has waited that could be taken; what a closed gate holds grows no"
              + " older",
          "tracks_held_activations",
          "Activations that are ready and can't go on, by the reason that why gives: held before"
              + " their trigger, or queued and not to be claimed",
          "tracks_gates_closed",
          "Closed gates, by kind",
          "tracks_circuit_open",
          "1 while the circuit is open: its target is left alone",
          "tracks_quarantined_events",
          "Events in quarantine: replay or dismiss them",
          RUNNING,
          "Runs that are not at their end");

  private static final List<String> ENDS = List.of("completed", "failed", "cancelled", "timed_out");

  private static final String GAUGES = "select * from track_coordination.gauges(?, ?)";

  /**
   * Whoever begins or ends a run has committed 5 s after the time that the run's row says; one that
   * takes longer is not counted.
   */
  private static final String NOW = "select track_coordination.clock() - interval '5 seconds'";

  private static final String RUNS = "select * from track_coordination.count_runs(?, ?)";

  private final Metrics metrics;
  private final JdbcTemplate database;
  private OffsetDateTime countedUpTo; // runs, by the database's clock; null: from now on

  DatabaseFigures(Metrics metrics, DataSource source) {
    this.metrics = metrics;
    this.database = new JdbcTemplate(source);
    database.setQueryTimeout(QUERY_SECONDS);
  }

  /** Asks the database, and counts the runs since the last time. Returns all that is no counter. */
  MetricSnapshots look() {
    Map<String, GaugeSnapshot.Builder> gauges = new HashMap<>();
    HELP.forEach((name, help) -> gauges.put(name, GaugeSnapshot.builder().name(name).help(help)));
    database.query(
        GAUGES,
        row -> {
          GaugeSnapshot.Builder gauge = gauges.get(row.getString("gauge"));
          if (gauge != null) {
            gauge.dataPoint(point(row));
          }
        },
        Names.MOST,
        Metrics.OTHERS);
    var snapshots = gauges.values().stream().map(GaugeSnapshot.Builder::build).toList();
    countRuns(snapshots);
    return new MetricSnapshots(snapshots.toArray(GaugeSnapshot[]::new));
  }

  private static GaugeDataPointSnapshot point(ResultSet row) throws SQLException {
    return GaugeDataPointSnapshot.builder()
        .labels(Labels.of((String[]) row.getArray("labels").getArray()))
        .value(row.getDouble("value"))
        .build();
  }

  private void countRuns(List<GaugeSnapshot> gauges) {
    OffsetDateTime now = database.queryForObject(NOW, OffsetDateTime.class);
    OffsetDateTime before = countedUpTo == null ? now : countedUpTo;
    List<Map<String, Object>> counted = database.queryForList(RUNS, before, now);
    countedUpTo = now;
    gauges.stream()
        .filter(gauge -> gauge.getMetadata().getName().equals(RUNNING))
        .flatMap(gauge -> gauge.getDataPoints().stream())
        .forEach(workflow -> countFromZero(workflow.getLabels().get("workflow")));
    counted.forEach(
        row ->
            count((String) row.get("workflow"), (String) row.get("state"), (Long) row.get("runs")));
  }

  /** So that the first one is an increase. */
  private void countFromZero(String workflow) {
    count(workflow, null, 0);
    ENDS.forEach(state -> count(workflow, state, 0));
  }

  /**
   * @param state that they ended in; null: they began
   */
  private void count(String workflow, String state, long runs) {
    if (state == null) {
      metrics.runsBegan(workflow, runs);
    } else {
      metrics.runsEnded(workflow, state, runs);
    }
  }
}

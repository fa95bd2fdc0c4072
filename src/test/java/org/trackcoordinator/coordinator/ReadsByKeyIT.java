package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;
import org.trackcoordinator.database.Database;
import org.trackcoordinator.database.SharedPostgres;
import org.trackcoordinator.workflow.WorkflowFiles;

/**
 * Statements are planned when the tables are nearly empty, and run for months: they must not read
 * all that is there for each row that they want. In a database of its own, whose sessions end and
 * tell what they read.
 */
@Tag("track-coordination")
class ReadsByKeyIT {

  /** When the statistics were taken by which statements are planned. */
  private enum Statistics {
    OF_NOTHING,
    OF_RUNS
  }

  private static final int RUNS = 600;
  private static final int HOPS = 4 * RUNS;

  private final Database database = SharedPostgres.newMigratedDatabase();
  private final SingleConnectionDataSource connection = connection();
  private final JdbcTemplate sql = new JdbcTemplate(connection);

  @AfterEach
  void close() {
    connection.destroy();
    database.close();
  }

  private SingleConnectionDataSource connection() {
    try {
      return new SingleConnectionDataSource(database.plain().getConnection(), true);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static RouteBuilder workers() {
    return new RouteBuilder() {
      @Override
      public void configure() {
        from("kamelet:track-source/test-work?handler=work&concurrency=4")
            .routeId("work")
            .setBody(constant("{}"));
      }
    };
  }

  /** A dozen statements look at a row, and group by group some look again. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "OF_NOTHING | b: {handler: work, dependsOn: [a]}, c: {handler: work, dependsOn: [b]}, d: {handler: work, dependsOn: [c]}",
        "OF_RUNS    | b: {handler: work, dependsOn: [a]}, c: {handler: work, dependsOn: [b]}, d: {handler: work, dependsOn: [c]}",
        "OF_NOTHING | b: {handler: work, dependsOn: [a]}, c: {handler: work, dependsOn: [a]}, d: {handler: work, dependsOn: [b, c]}",
        "OF_RUNS    | b: {handler: work, dependsOn: [a]}, c: {handler: work, dependsOn: [a]}, d: {handler: work, dependsOn: [b, c]}",
      })
  void anActivationReadsAFewRowsHoweverManyThereAre(Statistics statistics, String more)
      throws Exception {
    int definition =
        new DefinitionStore(database.pool(), "test")
            .makeCurrent(
                WorkflowFiles.parse(
                    "many.yaml", "workflow: many\ntracks: {a: {handler: work}, " + more + "}\n"));
    if (statistics == Statistics.OF_RUNS) {
      start(definition);
    }
    sql.execute("analyze");
    try (Coordinator coordinator =
        new Coordinator(database.pool(), database.plain(), RoutesFolder.at(Path.of("routes")))
            .with(workers())
            .start()) {
      if (statistics == Statistics.OF_NOTHING) {
        start(definition);
      }
      await()
          .atMost(Duration.ofMinutes(1))
          .until(
              () -> // asks no table whose reads are counted
              count("select count(*) from processing_logs where event_type = 'completed'") == HOPS);
    }
    database.pool().close();
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () ->
                count(
                        "select count(*) from pg_stat_activity where datname = current_database() and backend_type = 'client backend'")
                    == 1);
    assertFewRowsRead("runs");
    assertFewRowsRead("activations");
    assertFewRowsRead("work_queue");
  }

  private void start(int definition) {
    sql.queryForList("select track_coordination.start_runs(?, ?)", definition, RUNS);
  }

  private void assertFewRowsRead(String table) {
    long rows = count("select seq_tup_read + idx_tup_fetch" + statisticsOf("tables", table));
    System.out.printf("ReadsByKeyIT: %.1f rows of %s%n", (double) rows / HOPS, table);
    List<String> scans =
        sql.queryForList(
            "select format('%s: %s rows in %s scans', indexrelname, idx_tup_read, idx_scan)"
                + statisticsOf("indexes", table)
                + " union all select format('no index: %s rows in %s scans', seq_tup_read, seq_scan)"
                + statisticsOf("tables", table),
            String.class);
    assertThat((double) rows / HOPS)
        .as("rows of %s per activation, by %s", table, scans)
        .isBetween(0.5, 10.0);
  }

  private static String statisticsOf(String what, String table) {
    return " from pg_stat_all_%s where relid = cast('track_coordination.%s' as regclass)"
        .formatted(what, table);
  }

  private long count(String query) {
    return sql.queryForObject(query, Long.class);
  }
}

package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;
import org.trackcoordinator.testing.CoordinatedDatabase;
import org.trackcoordinator.testing.Counts;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.WorkflowFiles;

/** What cleaning up costs, and what it costs those that work meanwhile. */
@Tag("track-coordination")
class CleanUpSpeedIT {

  private static final String CHAIN =
      """
      workflow: old-chain
      tracks:
        a: {}
        b: {dependsOn: [a]}
        c: {dependsOn: [b]}
        d: {dependsOn: [c]}
      """;

  private static final int ROWS_OF_A_RUN = 8;

  @RegisterExtension final CoordinatedDatabase database = new CoordinatedDatabase();

  /** Statistics that are missing, or of other times, and what makes them so. */
  private static final Map<String, String> STATISTICS =
      Map.of(
          "none", // those of other tests of this JVM outlive a truncate
          "delete from pg_statistic where starelid in (%s)",
          "fresh",
          "",
          "of a log without runs",
          "update pg_statistic set stanullfrac = 1, stadistinct = 0, stakind1 = 0, stakind2 = 0, stakind3 = 0 where starelid in (%s)",
          "of the first run",
          "update pg_statistic set stanullfrac = 0, stadistinct = 1, stakind1 = 0, stakind2 = 0, stakind3 = 0 where starelid in (%s)",
          "of one run whose rows had no numbers", // by these any index on numbers is a good one
          """
          update pg_statistic s set stanullfrac = (a.attname = 'event_id')::int, stadistinct = (a.attname <> 'event_id')::int,
                 stakind1 = 0, stakind2 = 0, stakind3 = 0
            from pg_attribute a where a.attrelid = s.starelid and a.attnum = s.staattnum and s.starelid in (%s)
          """,
          "of empty tables",
          "update pg_class set reltuples = 0, relpages = 0 where oid in (%s)",
          "of tables a million times as large",
          "update pg_class set reltuples = 1e10, relpages = 1 where oid in (%s)");

  private static final String OUR_TABLES =
      "select oid from pg_class where relkind = 'r' and (relnamespace = 'track_coordination'::regnamespace"
          + " or oid = 'public.processing_logs'::regclass)";

  @Test
  void aBatchReadsWhatItRemovesAndNoTableWholeWhateverTheStatisticsSay() throws Exception {
    writeOldAndNewRuns();
    try {
      for (String statistics : STATISTICS.keySet()) {
        assertNoTableIsReadWhole(statistics);
      }
    } finally {
      freshStatistics();
    }
  }

  @Test
  void indexesOfTheHostDoNotMisleadIt() throws Exception {
    writeOldAndNewRuns();
    String indexes =
        """
        create index host_event_id on public.processing_logs (event_id);
        create index host_created_at on public.processing_logs (created_at);
        create index host_track_id on public.processing_logs (track_id, event_id);
        """;
    database.sql().execute(indexes);
    try {
      for (String statistics : STATISTICS.keySet()) {
        assertNoTableIsReadWhole(statistics);
      }
    } finally {
      database.sql().execute("drop index host_event_id, host_created_at, host_track_id");
      freshStatistics();
    }
  }

  private void writeOldAndNewRuns() {
    OldRuns.write(database, CHAIN, 3_000);
    database.passTime(Duration.ofDays(10));
    OldRuns.write(database, CHAIN, 3_000);
    database.passTime(Duration.ofDays(85));
  }

  /**
   * The true ones. By itself a vacuum reckons those pages that it skips by what was said before,
   * and with tables a million times as large the audit that follows a test takes minutes.
   */
  private void freshStatistics() {
    database
        .sql()
        .execute(
            """
            delete from pg_statistic where starelid in (%1$s);
            update pg_class set reltuples = -1, relpages = 0 where oid in (%1$s);
            """
                .formatted(OUR_TABLES));
    database.sql().execute("vacuum analyze");
  }

  private void assertNoTableIsReadWhole(String statistics) throws Exception {
    freshStatistics();
    database.sql().execute(STATISTICS.get(statistics).formatted(OUR_TABLES));
    for (boolean archive : new boolean[] {false, true}) {
      Map<String, Long> read = rowsReadByABatchOf100(archive);
      assertThat(read)
          .as("rows read, statistics %s, archive %s", statistics, archive)
          .allSatisfy(
              (table, rows) -> assertThat(rows).as(table).isLessThanOrEqualTo(ROWS_OF_A_RUN * 250))
          .containsEntry("processing_logs", (long) ROWS_OF_A_RUN * 100);
    }
  }

  @Test
  void oldRowsDoNotSlowLiveRunsWhileTheyAreCleaned() throws Exception {
    int oldRuns = Counts.of(2_000, 125_000);
    int liveRuns = Counts.of(100, 3_000);
    for (int written = 0; written < oldRuns; written += 25_000) {
      OldRuns.write(database, CHAIN, Math.min(25_000, oldRuns - written));
    }
    database.passTime(Duration.ofDays(91));
    database.sql().execute("vacuum analyze");
    Definition chain = WorkflowFiles.parse("chain.yaml", CHAIN.replace("old-chain", "chain"));
    try (Simulation simulation =
        Simulation.start(
            database.pool(),
            database.plain(),
            RoutesFolder.at(Path.of("routes")),
            List.of(chain))) {
      simulation.run(chain, liveRuns);
      List<Double> alone = new ArrayList<>();
      for (int round = 0; round < Counts.of(1, 7); round++) {
        alone.add(rate(simulation, chain, liveRuns));
      }
      long begun = System.nanoTime();
      CompletableFuture<Map<String, Object>> cleaning =
          CompletableFuture.supplyAsync(
              () ->
                  database
                      .sql()
                      .queryForMap(
                          "call track_coordination.clean_up_all(most => %d)"
                              .formatted(Counts.of(100, 1_000))));
      CompletableFuture<Double> end =
          cleaning.thenApply(removed -> (System.nanoTime() - begun) / 1e9);
      List<Double> during = new ArrayList<>();
      do {
        during.add(rate(simulation, chain, liveRuns));
      } while (!cleaning.isDone());
      double ratio = median(during) / median(alone);
      System.out.printf(
          Locale.ROOT,
          "%,d old rows cleaned in %.1f s: %,.0f hops/s meanwhile, %,.0f without, ratio %.2f%n",
          cleaning.get().get("removed_log_rows"),
          end.get(),
          median(during),
          median(alone),
          ratio);
      assertThat(cleaning.get())
          .containsEntry("cleaned_runs", (long) oldRuns)
          .containsEntry("removed_log_rows", (long) ROWS_OF_A_RUN * oldRuns);
      if (Counts.of(0, 1) == 1) {
        assertThat(ratio).isGreaterThan(0.6);
      }
    }
    assertThat(database.count("select count(*) from track_coordination.tombstones"))
        .isEqualTo(oldRuns);
    assertThat(database.audit()).isEmpty();
  }

  private static double rate(Simulation simulation, Definition chain, int runs)
      throws InterruptedException {
    Simulation.Result result = simulation.run(chain, runs);
    assertThat(result.isClean()).as("%s", result).isTrue();
    return result.hopsPerSecond();
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  /** By table, from sequential and index scans; in the transaction that is rolled back then. */
  private Map<String, Long> rowsReadByABatchOf100(boolean archive) throws Exception {
    try (Connection connection = database.plain().getConnection()) {
      connection.setAutoCommit(false);
      JdbcTemplate sql = new JdbcTemplate(new SingleConnectionDataSource(connection, true));
      String scans =
          "select relname, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) as rows from pg_stat_xact_user_tables"
              + " where schemaname in ('public', 'track_coordination')";
      Map<String, Long> read = new TreeMap<>();
      assertThat(
              sql.queryForMap(
                  "select * from track_coordination.clean_up(most => 100, archive => ?)", archive))
          .containsEntry("cleaned_runs", 100)
          .containsEntry("removed_log_rows", (long) ROWS_OF_A_RUN * 100);
      sql.query(
          scans,
          row -> {
            read.put(row.getString("relname"), row.getLong("rows"));
          });
      connection.rollback();
      return read;
    }
  }
}

package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.trackcoordinator.testing.CoordinatedDatabase;

/**
 * Statements are planned when the tables are nearly empty, and run for months: they must not read
 * all that is there for each row that they want.
 */
@Tag("track-coordination")
class ReadsByKeyIT {

  private static final int RUNS = 600;
  private static final int HOPS = 4 * RUNS;

  @RegisterExtension final CoordinatedDatabase database = new CoordinatedDatabase();

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
  @ParameterizedTest(name = "{0}, {1}")
  @CsvSource({
    "one after the other, '{a: {handler: work}, b: {handler: work, dependsOn: [a]}, c: {handler: work, dependsOn: [b]}, d: {handler: work, dependsOn: [c]}}'",
    "two at once, '{a: {handler: work}, b: {handler: work, dependsOn: [a]}, c: {handler: work, dependsOn: [a]}, d: {handler: work, dependsOn: [b, c]}}'",
  })
  void anActivationReadsAFewRowsHoweverManyThereAre(String shape, String tracks) throws Exception {
    database.load("workflow: many\ntracks: " + tracks + "\n");
    database.sql().execute("analyze"); // of tables in which nothing runs
    try (Coordinator coordinator = database.coordinator().with(workers()).start()) {
      resetStatistics();
      database.startRuns(RUNS);
      await().atMost(Duration.ofMinutes(1)).until(() -> completed() == HOPS);
    }
    awaitStatistics();
    assertThat(readOf("runs")).as("rows of runs per activation").isLessThan(10);
    assertThat(readOf("activations")).as("rows of activations per activation").isLessThan(10);
    assertThat(readOf("work_queue")).as("rows of work_queue per activation").isLessThan(10);
  }

  private void resetStatistics() {
    for (String table : new String[] {"runs", "activations", "work_queue"}) {
      database
          .sql()
          .execute(
              "select pg_stat_reset_single_table_counters(cast('track_coordination.%s' as regclass))"
                  .formatted(table));
    }
  }

  private long completed() { // asks no table whose reads are counted
    return database.count("select count(*) from processing_logs where event_type = 'completed'");
  }

  /** Sessions tell what they did when they end. */
  private void awaitStatistics() {
    await()
        .untilAsserted(
            () ->
                assertThat(database.count("select n_tup_ins" + statisticsOf("activations")))
                    .isGreaterThanOrEqualTo(HOPS));
  }

  private double readOf(String table) {
    long rows =
        database.count(
            "select coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)" + statisticsOf(table));
    System.out.printf("ReadsByKeyIT: %.1f rows of %s%n", (double) rows / HOPS, table);
    return (double) rows / HOPS;
  }

  private static String statisticsOf(String table) {
    return " from pg_stat_all_tables where relid = cast('track_coordination.%s' as regclass)"
        .formatted(table);
  }
}

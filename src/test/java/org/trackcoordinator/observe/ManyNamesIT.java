package org.trackcoordinator.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.JdbcTemplate;
import org.trackcoordinator.contact.Contact;
import org.trackcoordinator.database.Database;
import org.trackcoordinator.database.Databases;
import org.trackcoordinator.database.Migrations;
import org.trackcoordinator.database.SharedPostgres;

/** However many names the database has, the series of an instance have an end. */
@Tag("track-coordination")
class ManyNamesIT {

  private static final int NAMES = 1_500;

  private static final String DEFINITIONS =
      """
      insert into track_coordination.definitions (workflow, hash, document, leaf_count)
      select 'w' || n, encode(sha256(cast(cast(n as text) as bytea)), 'hex'), '{}', 1 from generate_series(1, ?) n
      """;

  private static final String HANDLERS =
      """
      insert into track_coordination.handlers (handler, circuit, definition_id)
      select 'h' || definition_id, 'c' || definition_id, definition_id from track_coordination.definitions
      """;

  private static final String RUNS =
      """
      insert into track_coordination.runs (correlation_id, definition_id, remaining_leaves, payload)
      select gen_random_uuid(), definition_id, 1, '{}' from track_coordination.definitions
      """;

  private static final String WORK =
      """
      insert into track_coordination.work_queue (correlation_id, track_no, handler, due_at, attempt, definition_id)
      select gen_random_uuid(), 1, handler, now(), 0, definition_id from track_coordination.handlers
      """;

  @Test
  void namesBeyondAThousandAreOne() {
    Metrics metrics = new Metrics();
    try (Database database = Databases.at(SharedPostgres.newDatabaseUrl());
        Figures figures =
            new Figures(
                metrics, database.pool(), new Contact(), Duration.ZERO, Duration.ofMinutes(1))) {
      Migrations.migrate(database.plain());
      JdbcTemplate sql = new JdbcTemplate(database.plain());
      sql.update(DEFINITIONS, NAMES);
      sql.update(HANDLERS);
      sql.update(RUNS);
      sql.update(WORK);
      Scrape scrape =
          await()
              .atMost(Duration.ofSeconds(30))
              .until(
                  () -> new Scrape(metrics.scrape()),
                  read -> read.names().contains("tracks_queue_depth"));
      assertBounded(scrape, "tracks_queue_depth", "handler");
      assertThat(scrape.value("tracks_queue_depth", "queue", "work", "state", "ready"))
          .isEqualTo(NAMES);
      assertThat(scrape.value("tracks_queue_depth", "handler", Metrics.OTHERS, "state", "ready"))
          .isEqualTo(NAMES - 1_000);
      assertBounded(scrape, "tracks_held_activations", "handler");
      assertThat(scrape.value("tracks_held_activations", "reason", "no-worker")).isEqualTo(NAMES);
      assertBounded(scrape, "tracks_circuit_open", "circuit");
      assertBounded(scrape, "tracks_runs_running", "workflow");
      assertThat(scrape.value("tracks_runs_running")).isEqualTo(NAMES);
      assertBounded(scrape, "tracks_runs_ended_total", "workflow");
      assertBounded(scrape, "tracks_runs_begun_total", "workflow");
    }
  }

  private static void assertBounded(Scrape scrape, String metric, String label) {
    assertThat(scrape.values(metric, label))
        .as(metric)
        .contains(Metrics.OTHERS)
        .hasSizeBetween(1_000, 1_002); // of queues also one without a handler
  }
}

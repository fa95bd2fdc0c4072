package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.JdbcTemplate;
import org.trackcoordinator.config.Settings;
import org.trackcoordinator.database.Database;
import org.trackcoordinator.database.Databases;
import org.trackcoordinator.database.DebianServer;
import org.trackcoordinator.database.Migrations;
import org.trackcoordinator.testing.Needs;
import org.trackcoordinator.testing.Tool;
import org.trackcoordinator.workflow.WorkflowFiles;

/**
 * What docs/pg-cron.md says, on a real one. Its shortest interval is a minute, so this takes one.
 */
@Tag("track-coordination")
@Needs({Tool.POSTGRESQL_15, Tool.PG_CRON})
class WorksBesidePgCronIT {

  private static final Pattern SQL = Pattern.compile("```sql\\n(.+?)```", Pattern.DOTALL);
  private static final Pattern SCHEDULE =
      Pattern.compile("(cron\\.schedule\\('[\\w-]+', )'[\\d* ]+'");
  private static final Duration TWO_MINUTES = Duration.ofMinutes(2);
  private static final int OLD_RUNS = 1500; // 150 s of the work of our own job as it is set here

  private static final String NIGHTLY =
      """
      workflow: nightly-books
      tracks:
        fetch: {handler: work}
        book: {dependsOn: [fetch], handler: work}
      """;

  private static final String OLD =
      """
      workflow: old
      tracks:
        done: {handler: nobody}
      """;

  @TempDir Path folder;

  @Test
  void itStartsRunsAndCleansUpBesideOurOwnJob() throws Exception {
    try (DebianServer server =
            DebianServer.start(
                folder, "shared_preload_libraries = 'pg_cron'", "cron.database_name = 'postgres'");
        Database database = open(server.url())) {
      Migrations.migrate(database.plain());
      DefinitionStore definitions = new DefinitionStore(database.pool(), "test");
      definitions.makeCurrent(WorkflowFiles.parse("nightly-books.yaml", NIGHTLY));
      int old = definitions.makeCurrent(WorkflowFiles.parse("old.yaml", OLD));
      OldRuns.write(database.pool(), old, OLD_RUNS);
      JdbcTemplate sql = new JdbcTemplate(database.plain());
      sql.update(
          "update track_coordination.runs set finished_at = finished_at - interval '100 days'");
      try (Coordinator coordinator = coordinator(database)) {
        await("our own job has begun")
            .atMost(TWO_MINUTES)
            .until(() -> count(sql, "select count(*) from track_coordination.tombstones") > 0);
        statementsOfTheDocs().forEach(sql::execute);
        assertThat(texts(sql, "select jobname from cron.job order by 1"))
            .containsExactly("forget-old-jobs", "start-nightly-books", "track-clean-up");

        await("a run started by pg_cron")
            .atMost(TWO_MINUTES)
            .until(() -> !texts(sql, COMPLETED_BY_CRON).isEmpty());
        await("all old runs are gone")
            .atMost(TWO_MINUTES)
            .until(
                () -> count(sql, "select count(*) from track_coordination.tombstones") == OLD_RUNS);
        await("what came of it is known")
            .atMost(TWO_MINUTES)
            .until(
                () ->
                    count(
                            sql,
                            "select count(*) from cron.job_run_details where status = 'succeeded'")
                        >= 3);

        assertThat(texts(sql, "select distinct status from cron.job_run_details"))
            .doesNotContain("failed");
        assertThat(count(sql, "select max(n) from (" + BATCHES + ") b"))
            .as("the largest batch, which only pg_cron's job makes")
            .isGreaterThan(100);
        assertThat(count(sql, "select count(*) from (" + BATCHES + ") b where n = 1"))
            .as("batches of one run, which only our own job makes")
            .isPositive();
        assertThat(sql.queryForList("select * from track_coordination.audit()")).isEmpty();
      }
    }
  }

  private static final String BATCHES =
      "select count(*) as n from track_coordination.tombstones group by cleaned_at";

  private static final String COMPLETED_BY_CRON =
      """
      select i.idempotency_key from track_coordination.idempotency_keys i join track_coordination.runs r using (correlation_id)
       where r.state = 'completed' and i.idempotency_key like 'nightly-books 20__-__-__ __:__'
      """;

  /** Each as it stands there, but for the time, which is every minute. */
  private static List<String> statementsOfTheDocs() throws Exception {
    return SQL.matcher(Files.readString(Path.of("docs/pg-cron.md")))
        .results()
        .map(block -> SCHEDULE.matcher(block.group(1)).replaceFirst("$1'* * * * *'"))
        .toList();
  }

  private static Coordinator coordinator(Database database) throws Exception {
    Properties everySecondOneAtATime = new Properties();
    everySecondOneAtATime.putAll(
        Map.of("cleanup.cron", "* * * * * ?", "cleanup.batch", "1", "cleanup.pause", "100"));
    return new Coordinator(database.pool(), database.plain(), RoutesFolder.at(Path.of("routes")))
        .watching(database.contact())
        .with(WorkingCoordinator.worker("1m", 1))
        .with(everySecondOneAtATime)
        .start();
  }

  private Database open(String url) {
    return Databases.open(
        Settings.load(Map.of("TRACKS_DATABASE_URL", url), folder), Duration.ofSeconds(10));
  }

  private static List<String> texts(JdbcTemplate sql, String query) {
    return sql.queryForList(query, String.class);
  }

  private static long count(JdbcTemplate sql, String query) {
    return sql.queryForObject(query, Long.class);
  }
}

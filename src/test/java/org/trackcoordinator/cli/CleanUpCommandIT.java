package org.trackcoordinator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.trackcoordinator.database.SharedPostgres;

/** Cleaning up from the command line, with no service running. */
@Tag("processing-logs")
class CleanUpCommandIT {

  @TempDir Path directory;
  private String url;

  /** Three completed runs of 100 days ago, one failed run of 200 days ago, each with two rows. */
  @BeforeEach
  void newDatabase() throws SQLException {
    url = SharedPostgres.newMigratedDatabaseUrl();
    execute(
        """
        insert into track_coordination.definitions (workflow, hash, document, leaf_count) values ('w', repeat('0', 64), '{}', 1);
        insert into track_coordination.definition_tracks (definition_id, track_no, track_id, handler, circuit, level, dependency_count, on_failure,
                                                          max_attempts, backoff, multiplier, max_backoff, jitter, not_on)
        select definition_id, 1, 'a', 'a', 'a', 0, 0, 'fail-run', 1, '1 s', 1, '1 s', 0, '{}' from track_coordination.definitions;
        insert into track_coordination.runs (correlation_id, definition_id, state, remaining_leaves, payload, finished_at)
        select gen_random_uuid(), definition_id, state, 0, '{}', now() - make_interval(days => days)
          from track_coordination.definitions,
               (values ('completed', 100), ('completed', 101), ('completed', 102), ('failed', 200)) r (state, days);
        set track.own = on;
        insert into processing_logs (correlation_id, track_id, event_type)
        select correlation_id, 'a', e from track_coordination.runs, unnest(array['triggered', 'completed']) e;
        """);
  }

  @Test
  void withoutOptionsItDoesWhatTheServiceWould() throws SQLException {
    assertThat(run("clean-up"))
        .isEqualTo(done("Removed 4 runs with 8 log rows, and 0 expired tombstones"));
    assertThat(count("public.processing_logs")).isZero();
    assertThat(count("track_coordination.tombstones")).isEqualTo(4);
    assertThat(run("clean-up"))
        .isEqualTo(done("Removed 0 runs with 0 log rows, and 0 expired tombstones"));
  }

  @Test
  void optionsWinOverTheEnvironmentWhichWinsOverTheFile() throws Exception {
    Files.writeString(
        directory.resolve("application.properties"),
        "cleanup.completed=-1\ncleanup.failed=-1\ncleanup.archive=true\n");
    assertThat(run("clean-up").out()).startsWith("Removed 0 runs");
    assertThat(run(Map.of("CLEANUP_FAILED", "199d"), "clean-up", "--no-archive").out())
        .startsWith("Removed 1 runs with 2 log rows");
    assertThat(count("track_coordination.archived_logs")).isZero();
    assertThat(run(Map.of("CLEANUP_COMPLETED", "200d"), "clean-up", "--completed", "101d12h").out())
        .startsWith("Removed 1 runs with 2 log rows");
    assertThat(count("track_coordination.archived_logs")).isEqualTo(2);
  }

  @Test
  void minusOneKeepsForEverAndTimedOutRunsAreAsFailedOnes() throws SQLException {
    execute("update track_coordination.runs set state = 'timed_out' where state = 'failed'");
    assertThat(run("clean-up", "--completed", "-1", "--failed", "201d").out())
        .startsWith("Removed 0 runs");
    assertThat(run("clean-up", "--completed", "-1", "--failed", "-1", "--timed-out", "201d").out())
        .startsWith("Removed 0 runs");
    assertThat(run("clean-up", "--completed=-1", "--failed=-1", "--timed-out=0s").out())
        .startsWith("Removed 1 runs");
    assertThat(run("clean-up", "--completed", "0s", "--archive", "--batch", "2").out())
        .startsWith("Removed 3 runs with 6 log rows");
    assertThat(count("track_coordination.archived_logs")).isEqualTo(6);
  }

  @Test
  void expiredTombstonesAreCounted() throws SQLException {
    run("clean-up");
    execute("update track_coordination.tombstones set cleaned_at = now() - interval '2 days'");
    assertThat(run("clean-up", "--tombstones", "3d").out()).contains("0 expired tombstones");
    assertThat(run("clean-up", "--tombstones", "1d", "--json"))
        .isEqualTo(done("{\"runs\":0,\"logRows\":0,\"tombstones\":4}"));
  }

  @Test
  void aDryRunOnlyCounts() throws SQLException {
    CliRun counted = run("clean-up", "--dry-run");
    assertThat(counted.exitCode()).isZero();
    assertThat(counted.out().lines())
        .hasSize(5)
        .anyMatch(line -> line.startsWith("completed: 3, the oldest of "))
        .anyMatch(line -> line.startsWith("failed: 1, the oldest of "))
        .contains("cancelled: 0", "timed-out: 0", "tombstones: 0");
    assertThat(run("clean-up", "--dry-run", "--json", "--completed", "-1").out().lines())
        .hasSize(5)
        .contains("{\"what\":\"completed\",\"count\":0,\"oldest\":null}")
        .anyMatch(line -> line.startsWith("{\"what\":\"failed\",\"count\":1,\"oldest\":\"2"));
    assertThat(count("track_coordination.runs")).isEqualTo(4);
  }

  @Test
  void aFailureSaysWhatWasRemovedBeforeIt() throws SQLException {
    execute(
        """
        create function public.test_refuse() returns trigger language plpgsql as $$
        begin raise exception 'not this one'; end $$;
        create trigger test_refuse before delete on track_coordination.runs for each row when (old.state = 'failed')
          execute function public.test_refuse()
        """);
    CliRun failed = run("clean-up", "--batch", "1");
    assertThat(failed.exitCode()).isEqualTo(1);
    assertThat(failed.out()).isEmpty();
    assertThat(failed.err())
        .startsWith("Removed 3 runs with 6 log rows, and 0 expired tombstones before it failed")
        .contains("error: The database (")
        .contains("not this one");
    assertThat(count("track_coordination.runs")).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    "--completed 90, Invalid value for option '--completed': '90' is not a time such as 90d",
    "--failed -2d, is not a time such as 90d",
    "--batch 0, '--batch must be at least 1, not 0'",
  })
  void wrongUsageIsToldBeforeAnythingIsRemoved(String options, String message) throws SQLException {
    CliRun wrong = run(("clean-up " + options).split(" "));
    assertThat(wrong.exitCode()).isEqualTo(2);
    assertThat(wrong.err()).contains(message);
    assertThat(count("track_coordination.runs")).isEqualTo(4);
  }

  @ParameterizedTest
  @CsvSource({
    "CLEANUP_COMPLETED, soon, 'cleanup.completed=soon is not valid: allowed is a time such as 90d'",
    "CLEANUP_ARCHIVE, yes, 'cleanup.archive=yes is not valid: allowed is true or false'",
    "CLEANUP_BATCH, 0, 'cleanup.batch=0 is not valid: allowed is a whole number'",
  })
  void wrongConfigurationIsRefused(String variable, String value, String message)
      throws SQLException {
    CliRun wrong = run(Map.of(variable, value), "clean-up");
    assertThat(wrong.exitCode()).isEqualTo(1);
    assertThat(wrong.err()).startsWith("error: " + message);
    assertThat(count("track_coordination.runs")).isEqualTo(4);
  }

  @Test
  void aRoutesFolderWithoutTheSettingsRemovesNothing() throws Exception {
    Path routes = Files.createDirectories(directory.resolve("mine"));
    Files.writeString(routes.resolve("errors.camel.yaml"), "[]\n");
    CliRun refused = run(Map.of("TRACKS_ROUTES", routes.toString()), "clean-up");
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.err()).contains("Set it, or give --failed");
    assertThat(count("track_coordination.runs")).isEqualTo(4);
  }

  private static CliRun done(String line) {
    return new CliRun(0, line + System.lineSeparator(), "");
  }

  private CliRun run(String... arguments) {
    return run(Map.of(), arguments);
  }

  private CliRun run(Map<String, String> variables, String... arguments) {
    Map<String, String> environment = new HashMap<>(variables);
    environment.put("TRACKS_DATABASE_URL", url);
    return CliRun.of(environment, directory, arguments);
  }

  private long count(String table) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("select count(*) from " + table)) {
      row.next();
      return row.getLong(1);
    }
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}

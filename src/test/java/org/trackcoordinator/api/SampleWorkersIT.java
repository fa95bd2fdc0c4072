package org.trackcoordinator.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.Driver;
import org.trackcoordinator.config.ApiToken;
import org.trackcoordinator.config.ApiToken.Role;
import org.trackcoordinator.testing.CoordinatedDatabase;
import org.trackcoordinator.testing.Needs;
import org.trackcoordinator.testing.Tool;

/** The workers in {@code docs/examples} do what they say, as they stand. */
@Tag("track-coordination")
class SampleWorkersIT {

  private static final String PAIR =
      "{workflow: pair, tracks: {gmail: {}, drive: {dependsOn: [gmail]}}}";

  private static final int RUNS = 5;

  @RegisterExtension static final CoordinatedDatabase database = new CoordinatedDatabase();

  @RegisterExtension
  static final RunningApi api = new RunningApi(database, new ApiToken(Role.WORKER, "s3cret"));

  private Process worker;

  @AfterEach
  void stop() throws InterruptedException {
    worker.destroy();
    assertThat(worker.waitFor(60, TimeUnit.SECONDS))
        .as("the worker stops when it is asked to")
        .isTrue();
  }

  @Test
  @Needs(Tool.NODE)
  void theOneInNodeClaimsAndCompletes() throws Exception {
    worker =
        start(
            List.of(Tool.NODE.path().toString(), "docs/examples/worker.mjs", "drive"),
            Map.of(
                "TRACKS_SERVER", "http://127.0.0.1:" + api.port(), "TRACKS_API_TOKEN", "s3cret"));
    runsAreDone("node-");
  }

  @Test
  @Needs({Tool.BASH, Tool.PSQL})
  void theOneInBashClaimsAndCompletes() throws Exception {
    Properties place = Driver.parseURL(database.database().url(), null);
    worker =
        start(
            List.of(Tool.BASH.path().toString(), "docs/examples/worker.sh", "drive"),
            Map.of(
                "PGHOST", place.getProperty("PGHOST"),
                "PGPORT", place.getProperty("PGPORT"),
                "PGDATABASE", place.getProperty("PGDBNAME"),
                "PGUSER", place.getProperty("user", "postgres"),
                "PATH", Tool.PSQL.path().getParent() + ":" + System.getenv("PATH")));
    runsAreDone("bash-");
  }

  @Test
  void areShort() throws Exception {
    worker = new ProcessBuilder("true").start();
    for (String file : List.of("worker.mjs", "worker.sh")) {
      assertThat(Files.readAllLines(Path.of("docs/examples", file))).hasSizeLessThan(60);
    }
  }

  private static void runsAreDone(String by) {
    database.load(PAIR);
    for (int i = 0; i < RUNS; i++) {
      database.insertEvent(
          UUID.randomUUID(), "gmail", "completed", "{\"text\": \"it's ' \\\\ 請求\"}");
    }
    await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () ->
                database.count(
                        "select count(*) from track_coordination.runs where state = 'completed'")
                    == RUNS);
    assertThat(
            database.texts(
                "select distinct payload ->> 'text' || ' ' || left(payload ->> 'doneBy', 5) from processing_logs"
                    + " where track_id = 'drive' and event_type = 'completed'"))
        .containsExactly("it's ' \\ 請求 " + by);
  }

  private static Process start(List<String> command, Map<String, String> environment)
      throws Exception {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(new HashMap<>(environment));
    builder.redirectOutput(ProcessBuilder.Redirect.INHERIT);
    return builder.start();
  }
}

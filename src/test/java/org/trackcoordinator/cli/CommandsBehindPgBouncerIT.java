package org.trackcoordinator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.JdbcTemplate;
import org.trackcoordinator.config.Settings;
import org.trackcoordinator.coordinator.DefinitionStore;
import org.trackcoordinator.database.Database;
import org.trackcoordinator.database.Databases;
import org.trackcoordinator.database.PgBouncer;
import org.trackcoordinator.database.SessionTraces;
import org.trackcoordinator.database.SharedPostgres;
import org.trackcoordinator.testing.Needs;
import org.trackcoordinator.testing.Tool;
import org.trackcoordinator.workflow.WorkflowFiles;

/** Commands on a database behind a PgBouncer in transaction mode. */
@Tag("track-coordination")
@Needs(Tool.PGBOUNCER)
class CommandsBehindPgBouncerIT {

  private static final String PAIR =
      "workflow: pair\ntracks:\n  gmail: {}\n  drive: {dependsOn: [gmail]}\n";

  private static final Pattern RUN = Pattern.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}");

  @TempDir Path directory;
  private String url;

  @Test
  void eachDoesItsWorkAndLeavesNoTraceInTheSessions() throws Exception {
    String direct = SharedPostgres.newDatabaseUrl();
    try (PgBouncer pooler = PgBouncer.before(direct, directory)) {
      url = pooler.url(direct);
      assertThat(succeeds("migrate")).contains("(by way of a connection pooler)");
      String file = Files.writeString(directory.resolve("pair.yaml"), PAIR).toString();
      try (Database database = open(url)) {
        new DefinitionStore(database.pool(), "test").makeCurrent(WorkflowFiles.parse(file, PAIR));
        JdbcTemplate sql = new JdbcTemplate(database.plain());
        String run = started(succeeds("start", "pair", "--idempotency-key", "today"));
        assertThat(started(succeeds("start", "pair", "--idempotency-key", "today"))).isEqualTo(run);

        assertThat(succeeds("why", run)).contains("drive waits for gmail");
        assertThat(succeeds("workflows")).contains("pair");
        assertThat(succeeds("what-if", file)).contains("pair");
        succeeds("audit");
        assertThat(succeeds("runs")).contains(run);
        succeeds("hold", "--run", run);
        assertThat(succeeds("gates")).contains(run);
        succeeds("release", "--run", run);
        succeeds("event", run, "gmail", "completed");
        succeeds("skip", run, "drive");
        succeeds("queues");
        succeeds("quarantine", "list");
        succeeds("cancel", started(succeeds("start", "pair")));
        // its instance coordinates what is queued of all runs
        assertThat(succeeds("simulate", file, "--runs", "5", "--json"))
            .contains("\"duplicates\":0", "\"orderViolations\":0");
        succeeds("chain", run);
        succeeds("clean-up", "--cancelled", "0s");
        assertThat(sql.queryForList("select workflow from track_coordination.tombstones"))
            .isNotEmpty();
        try (Database nobody = open(direct)) {
          assertThat(SessionTraces.in(database)).isEqualTo(SessionTraces.in(nobody));
        }
      }
    }
  }

  private static String started(String output) {
    Matcher id = RUN.matcher(output);
    assertThat(id.find()).as(output).isTrue();
    return id.group();
  }

  private String succeeds(String... arguments) {
    CliRun run = CliRun.of(Map.of("TRACKS_DATABASE_URL", url), directory, arguments);
    assertThat(run.exitCode()).as("%s: %s", String.join(" ", arguments), run.err()).isZero();
    return run.out();
  }

  private Database open(String at) {
    return Databases.open(
        Settings.load(Map.of("TRACKS_DATABASE_URL", at), directory), Duration.ofSeconds(10));
  }
}

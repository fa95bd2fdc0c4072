package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.trackcoordinator.database.Database;
import org.trackcoordinator.database.DurableServer;
import org.trackcoordinator.database.Migrations;
import org.trackcoordinator.testing.Counts;
import org.trackcoordinator.workflow.WorkflowFiles;

/**
 * Everything at once: random graphs with random policies, attempts that fail, processes that are
 * killed, a database that crashes, operators who intervene, and forged events.
 */
@Tag("track-coordination")
class MixedFaultsIT {

  private static final int FAILING = 15;
  private static final int INSTANCES = 2;
  private static final int WORKFLOWS = 12;
  private static final int RUNS = Counts.of(3, 6);
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  @TempDir Path directory;

  private final long seed = Long.getLong("tracks.test.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final List<ChildProcess> instances = new ArrayList<>();
  private final List<UUID> runs = new ArrayList<>();
  private JdbcTemplate sql;
  private int rounds;

  @Test
  void everyRunComesToItsEndAndNothingIsLeft() throws Exception {
    System.out.println("MixedFaultsIT: seed " + seed);
    try (DurableServer server = new DurableServer(directory.resolve("postgres"));
        Database database = server.open()) {
      Migrations.migrate(database.plain());
      sql = new JdbcTemplate(database.plain());
      load(database);
      try {
        for (int i = 0; i < INSTANCES; i++) {
          instances.add(instance(server));
        }
        long end = System.nanoTime() + Duration.ofMinutes(Counts.of(0, 30)).toNanos();
        for (int round = 1; round <= 3 || System.nanoTime() < end; round++) {
          rounds = round;
          startRuns();
          awaitSomeProgress();
          fault(server);
        }
        release();
        awaitEnd();
        assertThat(sql.queryForList("select * from track_coordination.audit()"))
            .as(() -> "audit, " + whatIsLeft())
            .isEmpty();
        assertThat(count("select count(*) from track_coordination.work_queue"))
            .as("work left, seed %d", seed)
            .isZero();
        print();
      } finally {
        for (ChildProcess instance : instances) {
          instance.close();
        }
      }
      await("no connection is left, seed " + seed)
          .until(
              () ->
                  count(
                          "select count(*) from pg_stat_activity where datname = current_database()"
                              + " and pid <> pg_backend_pid() and application_name = 'track-coordinator'")
                      == 0);
    }
  }

  private void load(Database database) {
    for (int i = 0; i < WORKFLOWS; i++) {
      new DefinitionStore(database.plain(), "test")
          .makeCurrent(WorkflowFiles.parse("w.yaml", workflow("w" + i)));
    }
  }

  /** Edges lead from lower to higher numbers; a fallback has none. */
  private String workflow(String name) {
    StringBuilder yaml = new StringBuilder("workflow: " + name + "\n");
    yaml.append(
        "defaults: {retry: {maxAttempts: %d, backoff: 5ms, maxBackoff: 100ms}}\n"
            .formatted(1 + random.nextInt(3)));
    yaml.append("tracks:\n");
    int tracks = 2 + random.nextInt(9);
    for (int n = 0; n < tracks; n++) {
      List<String> on = new ArrayList<>();
      for (int u = 0; u < n; u++) {
        if (random.nextInt(3) == 0) {
          on.add("t" + u);
        }
      }
      String policy =
          switch (random.nextInt(5)) {
            case 0 -> "skip-downstream";
            case 1 -> "continue";
            case 2 -> "{fallback: f" + n + "}";
            default -> "fail-run";
          };
      yaml.append(
          "  t%d: {handler: work, dependsOn: %s, onFailure: %s}\n".formatted(n, on, policy));
      if (policy.startsWith("{")) {
        yaml.append(
            "  f%d: {handler: work, onFailure: %s}\n"
                .formatted(n, random.nextBoolean() ? "continue" : "fail-run"));
      }
    }
    return yaml.append("on: {failed: work}\n").toString();
  }

  private ChildProcess instance(DurableServer server) throws Exception {
    return ChildProcess.failingCoordinator(
        directory, server.url(), "2s", 2, Duration.ofSeconds(10), FAILING);
  }

  private void startRuns() {
    for (int i = 0; i < WORKFLOWS; i++) {
      String workflow = "w" + i;
      for (int n = 0; n < RUNS; n++) {
        UUID run = UUID.randomUUID();
        runs.add(run);
        insist(
            "a run is started",
            () ->
                !sql.queryForList("select track_coordination.start_run(?, '{}', ?)", workflow, run)
                    .isEmpty());
        if (random.nextBoolean()) {
          act(runs.get(runs.size() - 1 - random.nextInt(Math.min(RUNS, runs.size()))));
        }
      }
    }
  }

  private void awaitSomeProgress() {
    long before = count("select count(*) from processing_logs");
    int more = random.nextInt(400);
    insist(
        "progress",
        () ->
            count("select count(*) from processing_logs") > before + more
                || count(
                        "select count(*) from track_coordination.runs r where r.state = 'running' and not exists"
                            + " (select from track_coordination.gate_states g where g.correlation_id = r.correlation_id and g.state = 'closed')")
                    == 0);
  }

  private void fault(DurableServer server) throws Exception {
    switch (random.nextInt(6)) {
      case 0 -> {
        server.crash();
        server.restart();
      }
      case 1 -> {
        int which = random.nextInt(instances.size());
        instances.get(which).kill();
        instances.set(which, instance(server));
      }
      case 2 -> {
        int which = random.nextInt(instances.size());
        instances.get(which).terminate();
        instances.set(which, instance(server));
      }
      default -> {
        for (int n = 0; n < 10; n++) {
          act(runs.get(random.nextInt(runs.size())));
        }
      }
    }
  }

  private void act(UUID run) {
    switch (random.nextInt(6)) {
      case 0 -> operate("select track_coordination.cancel(?, 'chaos', 'because')", run);
      case 1 ->
          operate(
              "select track_coordination.%s(correlation_id => ?, who => 'chaos')"
                  .formatted(random.nextInt(3) == 0 ? "release" : "hold"),
              run);
      case 2 ->
          operate(
              "select track_coordination.skip(?, '%s', %s, 'chaos', 'because')"
                  .formatted(track(), random.nextBoolean() ? "'{}'" : "null"),
              run);
      case 3 -> operate("select track_coordination.retry(?, null, 'chaos', 'because')", run);
      case 4 ->
          operate(
              "select track_coordination.retry(?, '%s', 'chaos', 'because')".formatted(track()),
              run);
      default -> forge(run);
    }
  }

  /** A track, or the fallback of one, that most graphs have. */
  private String track() {
    return (random.nextInt(4) == 0 ? "f" : "t") + random.nextInt(5);
  }

  /** What an operator may not do is refused, and changes nothing; a deadlock is tried again. */
  private void operate(String action, UUID run) {
    insist(
        action,
        () -> {
          try {
            sql.queryForList(action, run);
          } catch (DataAccessException refused) {
            return refused.getMostSpecificCause().getMessage().contains(run.toString());
          }
          return true;
        });
  }

  private void forge(UUID run) {
    for (String event :
        List.of("completed", "failed", "started", "triggered", "skipped", "timed_out")) {
      sql.update(
          "insert into processing_logs (correlation_id, track_id, event_type, attempt, payload) values (?, ?, ?, ?, '{\"forged\": true}')",
          run,
          track(),
          event,
          10 + random.nextInt(5));
    }
  }

  private void release() {
    sql.queryForList(
        "select track_coordination.release(correlation_id => correlation_id, track_id => track_id, who => 'chaos')"
            + " from track_coordination.gate_states where kind = 'pause' and state = 'closed'");
  }

  private void awaitEnd() {
    insist(
        "every run at its end",
        () ->
            count(
                    "select (select count(*) from track_coordination.runs where state = 'running')"
                        + " + (select count(*) from track_coordination.event_queue)"
                        + " + (select count(*) from track_coordination.work_queue)")
                == 0);
  }

  private String whatIsLeft() {
    StringBuilder left = new StringBuilder("seed " + seed + ", after " + rounds + " rounds\n");
    for (String table :
        List.of(
            "runs where state = 'running'",
            "activations join track_coordination.runs using (correlation_id) where runs.state = 'running'",
            "runs r join processing_logs l using (correlation_id) where r.state = 'running'"
                + " or r.correlation_id in (select a.correlation_id from track_coordination.audit() a)",
            "event_queue",
            "work_queue",
            "audit()",
            "gate_states where state = 'closed'")) {
      left.append(count("select count(*) from track_coordination." + table))
          .append(" ")
          .append(table)
          .append("\n");
      sql.queryForList("select * from track_coordination." + table + " limit 100")
          .forEach(row -> left.append("  ").append(row).append("\n"));
    }
    return left.toString();
  }

  private void print() {
    System.out.println(
        "MixedFaultsIT: %d rounds, ".formatted(rounds)
            + sql.queryForList(
                "select state, count(*) from track_coordination.runs group by state order by state")
            + " "
            + sql.queryForList(
                "select event_type, count(*) from processing_logs group by event_type order by event_type"));
  }

  private void insist(String what, Callable<Boolean> condition) {
    try {
      await(what).atMost(PATIENCE).until(RunsUnderFault.whenTheDatabaseAnswers(condition));
    } catch (ConditionTimeoutException e) {
      throw new AssertionError(whatIsLeft(), e);
    }
  }

  private long count(String query) {
    return sql.queryForObject(query, Long.class);
  }
}

package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.camel.health.HealthCheck;
import org.apache.camel.health.HealthCheckRegistry;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;
import org.springframework.dao.DataAccessException;
import org.trackcoordinator.testing.AtOnce;
import org.trackcoordinator.testing.CoordinatedDatabase;
import org.trackcoordinator.testing.Counts;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.WorkflowFiles;

/** Which runs hold which version of a workflow, and taking versions out of use. */
@Tag("track-coordination")
class DefinitionVersionsIT {

  private static final Definition PAIR = definition("gmail: {}\n  drive: {dependsOn: [gmail]}");
  private static final Definition CHANGED =
      definition("gmail: {}\n  drive: {dependsOn: [gmail]}\n  freee: {dependsOn: [drive]}");
  private static final String RETIRE =
      "select track_coordination.retire_definition('pair', '%s', 'ann', 'too old')";

  @RegisterExtension final CoordinatedDatabase database = new CoordinatedDatabase();

  private static Definition definition(String tracks) {
    return WorkflowFiles.parse("pair.yaml", "workflow: pair\ntracks:\n  " + tracks + "\n");
  }

  @Test
  void theViewShowsWhichRunsHoldWhichDefinition() {
    database.load(PAIR);
    UUID oldest = database.startRun("pair");
    UUID cancelled = database.startRun("pair");
    database.startRun("pair");
    database.sql().queryForList("select track_coordination.cancel(?)", cancelled);
    database.load(CHANGED);
    database.startRun("pair");
    assertThat(version(PAIR))
        .containsEntry("current", false)
        .containsEntry("loaded_by", null)
        .containsEntry("retired_at", null)
        .containsEntry("tracks", 2L)
        .containsEntry("running", 2L)
        .containsEntry("oldest_running", oldest)
        .containsEntry("finished", 1L)
        .containsEntry("cancelled", 1L)
        .containsEntry("completed", 0L);
    assertThat(version(CHANGED))
        .containsEntry("current", true)
        .containsEntry("loaded_by", "test")
        .containsEntry("tracks", 3L)
        .containsEntry("running", 1L)
        .containsEntry("finished", 0L);
    assertThat(version(CHANGED).get("loaded_at")).isNotNull();
  }

  @Test
  void theViewReadsNoRunsButTheirIndexes() {
    int old = database.load(PAIR);
    int current = database.load(CHANGED);
    int runs = Counts.of(20_000, 1_000_000);
    database
        .sql()
        .update(
            """
            insert into track_coordination.runs (correlation_id, definition_id, state, remaining_leaves, payload, finished_at)
            select gen_random_uuid(), case when n % 4 = 0 then ? else ? end, case when n % 100 = 0 then 'running' else 'completed' end, 0, jsonb_build_object('file', repeat('x', 300)),
                   case when n % 100 <> 0 then now() end
              from generate_series(1, ?) n
            """,
            old, current, runs);
    database.sql().execute("vacuum analyze track_coordination.runs");
    String question =
        "select * from track_coordination.workflow_definitions where workflow = 'pair'";
    List<String> plan = database.texts("explain " + question);
    assertThat(plan)
        .noneMatch(line -> line.contains("Seq Scan on runs"))
        .anyMatch(line -> line.contains("Index Only Scan using runs_finished"))
        .anyMatch(line -> line.contains("runs_running"));
    long begun = System.nanoTime();
    database.sql().queryForList(question);
    double seconds = (System.nanoTime() - begun) / 1e9;
    System.out.printf("DefinitionVersionsIT: %,d runs counted in %.3f s%n", runs, seconds);
    assertThat(seconds).isLessThan(2);
    assertThat(version(PAIR)).containsEntry("running", runs / 100L);
    assertThat(version(CHANGED))
        .containsEntry("finished", runs - runs / 4L)
        .containsEntry("running", 0L);
    database.sql().execute("truncate track_coordination.runs");
  }

  @Test
  void aDefinitionThatRunsHoldIsNotRetiredAndTheyAreNamed() {
    database.load(PAIR);
    UUID first = database.startRun("pair");
    for (int n = 0; n < 6; n++) {
      database.startRun("pair");
    }
    ServerErrorMessage refused = refusal(RETIRE.formatted(PAIR.hash()));
    assertThat(refused.getSQLState()).isEqualTo("55006");
    assertThat(refused.getMessage())
        .isEqualTo(
            "definition %s of workflow 'pair' cannot be retired: 7 runs are still on it"
                .formatted(PAIR.hash().substring(0, 8)));
    assertThat(refused.getHint())
        .startsWith("Wait until they end, or cancel them. The oldest are: " + first + ", ");
    assertThat(database.count("select count(*) from track_coordination.retired_definitions"))
        .isZero();
  }

  @Test
  void anUnknownDefinitionIsRefusedWithThoseThatThereAre() {
    database.load(PAIR);
    assertThat(refusal(RETIRE.formatted("0123456789")).getMessage())
        .isEqualTo("there is no definition 01234567 of workflow 'pair'");
    assertThat(refusal(RETIRE.formatted("0123456789")).getHint())
        .contains(PAIR.hash().substring(0, 8));
    assertThat(refusal(RETIRE.formatted("0123")).getMessage())
        .isEqualTo("hash '0123' is no hash of a definition");
  }

  @Test
  void aRetiredDefinitionStartsNoRunUntilItsFileIsLoadedAgain() {
    int id = database.load(PAIR);
    String before =
        database
            .texts("select track_coordination.start_run('pair', '{}', null, null, 'key')")
            .get(0);
    database.sql().queryForList("select track_coordination.cancel(?)", UUID.fromString(before));
    assertThat(retire(PAIR)).isTrue();
    assertThat(retire(PAIR)).as("twice is a no-op").isFalse();
    ServerErrorMessage refused = refusal("select track_coordination.start_run('pair')");
    assertThat(refused.getSQLState()).isEqualTo("22023");
    assertThat(refused.getMessage())
        .isEqualTo(
            "definition %s of workflow 'pair' is retired".formatted(PAIR.hash().substring(0, 8)));
    assertThat(refused.getHint())
        .startsWith("Retired by ann at ")
        .endsWith(": too old. Load its file again, or a changed one.");
    assertThat(refusal("select track_coordination.start_runs(%d, 1)".formatted(id)).getMessage())
        .contains("is retired");
    assertThat(
            database.texts("select track_coordination.start_run('pair', '{}', null, null, 'key')"))
        .as("the same call gets its run")
        .containsExactly(before);
    assertThat(
            database.texts(
                "select concat_ws(' ', action, definition_id, who, why) from track_coordination.operator_actions where action = 'retire'"))
        .containsExactly("retire " + id + " ann too old");
    assertThat(version(PAIR)).containsEntry("retired_by", "ann").containsEntry("current", true);

    database.load(PAIR);
    assertThat(version(PAIR)).containsEntry("retired_at", null);
    assertThat(database.state(database.startRun("pair"))).isEqualTo("running");
  }

  @Test
  void anotherFileStartsRunsThoughTheOneBeforeIsRetired() {
    database.load(PAIR);
    retire(PAIR);
    database.load(CHANGED);
    assertThat(database.state(database.startRun("pair"))).isEqualTo("running");
    assertThat(version(PAIR).get("retired_at")).isNotNull();
  }

  @Test
  void aForeignEventThatWouldStartARetiredDefinitionIsQuarantined() throws Exception {
    database.load(PAIR);
    retire(PAIR);
    UUID run = UUID.randomUUID();
    try (Coordinator coordinator = database.coordinator().start()) {
      database.insertEvent(run, "gmail", "completed", "{}");
      database.awaitSettled();
    }
    assertThat(database.state(run)).isNull();
    assertThat(database.fates(run))
        .containsExactly(
            "quarantined: unknown run %s, and definition %s of workflow pair is retired, whose root is track gmail"
                .formatted(run, PAIR.hash().substring(0, 8)));
  }

  @Test
  void whoeverStartsFirstIsSeenByWhoeverRetires() throws Exception {
    database.load(PAIR);
    try (Connection starter = database.plain().getConnection();
        Statement start = starter.createStatement()) {
      starter.setAutoCommit(false);
      start.execute("select track_coordination.start_run('pair')");
      CompletableFuture<Boolean> retirement = CompletableFuture.supplyAsync(() -> retire(PAIR));
      awaitAdvisoryLock();
      starter.commit();
      assertThatThrownBy(retirement::join)
          .isInstanceOf(CompletionException.class)
          .hasMessageContaining("1 run is still on it");
    }
  }

  @Test
  void whoeverRetiresFirstIsSeenByWhoeverStarts() throws Exception {
    database.load(PAIR);
    UUID foreign = UUID.randomUUID();
    try (Coordinator coordinator = database.coordinator().start();
        Connection retirer = database.plain().getConnection();
        Statement retirement = retirer.createStatement()) {
      retirer.setAutoCommit(false);
      retirement.execute(RETIRE.formatted(PAIR.hash()));
      CompletableFuture<UUID> start =
          CompletableFuture.supplyAsync(() -> database.startRun("pair"));
      awaitAdvisoryLock();
      database.insertEvent(foreign, "gmail", "completed", "{}");
      await("the foreign event waits too").until(() -> advisoryWaiters() == 2);
      retirer.commit();
      assertThatThrownBy(start::join).hasMessageContaining("is retired");
      database.awaitSettled();
    }
    assertThat(database.count("select count(*) from track_coordination.runs")).isZero();
    assertThat(database.fates(foreign)).hasSize(1).allMatch(fate -> fate.contains("is retired"));
  }

  @Test
  void startsAndRetirementsOfTheSameMomentLeaveNoRunBehind() throws Exception {
    int rounds = Counts.of(20, 500);
    for (int round = 0; round < rounds; round++) {
      database.load(PAIR);
      AtOnce.run(
          4,
          n ->
              () -> {
                try {
                  if (n == 0) {
                    retire(PAIR);
                  } else {
                    database.startRun("pair");
                  }
                } catch (DataAccessException refused) {
                  assertThat(refused).hasMessageMatching("(?s).*(is retired|still on it).*");
                }
                return null;
              });
      assertThat(
              database.count(
                  "select count(*) from track_coordination.retired_definitions join track_coordination.runs using (definition_id) where state = 'running'"))
          .as("runs on a retired definition, round %d", round)
          .isZero();
      database
          .sql()
          .queryForList(
              "select track_coordination.cancel(correlation_id) from track_coordination.runs");
    }
  }

  @Test
  void healthSaysThatAnotherInstanceLoadedAnotherDefinition() throws Exception {
    Definition other = WorkflowFiles.parse("other.yaml", "workflow: other\ntracks: {a: {}}");
    database.load(PAIR);
    database.load(other);
    try (Coordinator coordinator = database.coordinator().loaded(List.of(PAIR, other)).start()) {
      assertThat(health(coordinator).getState()).isEqualTo(HealthCheck.State.UP);
      assertThat(health(coordinator).getDetails()).containsEntry("disagrees", false);
      assertThat(health(coordinator).getMessage()).isEmpty();

      new DefinitionStore(database.pool(), "17@elsewhere/0a1b2c3d").makeCurrent(CHANGED);
      HealthCheck.Result result = health(coordinator);
      assertThat(result.getState())
          .as("it works as well as before")
          .isEqualTo(HealthCheck.State.UP);
      assertThat(result.getDetails()).containsEntry("disagrees", true);
      assertThat(result.getMessage().orElseThrow())
          .matches(
              "pair: this instance loaded definition %s, current is %s, loaded by 17@elsewhere/0a1b2c3d at \\d{4}-.*"
                  .formatted(PAIR.hash(), CHANGED.hash()))
          .doesNotContain("other");

      retire(CHANGED);
      assertThat(health(coordinator).getMessage().orElseThrow())
          .contains("the current definition " + CHANGED.hash() + " was retired by ann at ");
    }
  }

  private static HealthCheck.Result health(Coordinator coordinator) {
    return HealthCheckRegistry.get(coordinator.camel())
        .getCheck("workflow-definitions")
        .orElseThrow()
        .call();
  }

  private boolean retire(Definition definition) {
    return database.sql().queryForObject(RETIRE.formatted(definition.hash()), Boolean.class);
  }

  private Map<String, Object> version(Definition definition) {
    return database
        .sql()
        .queryForMap(
            "select * from track_coordination.workflow_definitions where workflow = ? and hash = ?",
            definition.workflow(),
            definition.hash());
  }

  private ServerErrorMessage refusal(String statement) {
    try (Connection connection = database.plain().getConnection();
        Statement attempt = connection.createStatement()) {
      attempt.execute(statement);
    } catch (PSQLException refused) {
      return refused.getServerErrorMessage();
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
    throw new AssertionError("not refused: " + statement);
  }

  private void awaitAdvisoryLock() {
    await("somebody waits for the lock").until(() -> advisoryWaiters() == 1);
  }

  private long advisoryWaiters() {
    return database.count(
        "select count(*) from pg_locks where locktype = 'advisory' and classid = 8211 and not granted");
  }
}

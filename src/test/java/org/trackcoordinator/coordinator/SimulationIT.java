package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.function.LongSupplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.testing.CoordinatedDatabase;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.WorkflowFiles;

/** Real graphs through the real routes: each track exactly once, never before its dependencies. */
@Tag("track-coordination")
class SimulationIT {

  private static final Path COPIED = Path.of("src/test/resources/real-dags");
  private static final Path ALL =
      Path.of(System.getProperty("tracks.real-dags", "../shared/real-dags"));

  @RegisterExtension final CoordinatedDatabase database = new CoordinatedDatabase();

  @Test
  void theCopiedGraphsRunEachTrackOnceAndInOrder() throws Exception {
    runAll(WorkflowFiles.readAll(COPIED), 3);
  }

  @Test
  void allRealGraphsRunEachTrackOnceAndInOrder() throws Exception {
    assumeThat(Files.isDirectory(ALL)).as("the folder of all real graphs is not here").isTrue();
    runAll(WorkflowFiles.readAll(ALL), 1);
  }

  @Test
  void aSimulationIsNeverCurrentAndItsHandlersAreItsOwn() throws Exception {
    Definition chain = WorkflowFiles.parse("chain.yaml", "workflow: chain\ntracks: {gmail: {}}\n");
    runAll(List.of(chain), 1);
    assertThat(database.count("select count(*) from track_coordination.workflows")).isZero();
    assertThat(
            database
                .sql()
                .queryForList(
                    """
                    select distinct t.handler from track_coordination.definition_tracks t
                      join track_coordination.runs r using (definition_id)
                    """,
                    String.class))
        .containsExactly("simulate/gmail");
  }

  /** What a simulated track hands on says nothing. */
  @Test
  void aSimulationRunsEveryTrackWhateverItsCondition() throws Exception {
    Definition conditional =
        WorkflowFiles.parse(
            "w.yaml",
            "workflow: w\ntracks: {a: {when: 'false'}, b: {dependsOn: a, when: '${body[n]} > 1'}}\n");
    runAll(List.of(conditional), 2);
  }

  @Test
  @Tag(CoordinatedDatabase.BREAKS_INVARIANTS)
  void aViolationIsFound() throws Exception {
    Definition chain =
        WorkflowFiles.parse(
            "chain.yaml", "workflow: chain\ntracks: {gmail: {}, drive: {dependsOn: [gmail]}}\n");
    try (Simulation simulation =
        Simulation.start(database.pool(), database.plain(), routes(), List.of(chain))) {
      database
          .sql()
          .execute(
              """
              create or replace function public.trigger_twice() returns trigger language plpgsql as $$
              begin
                if new.event_type = 'triggered' and new.track_id = 'drive' then
                  insert into public.processing_logs (correlation_id, track_id, event_type) values (new.correlation_id, 'drive', 'completed');
                end if;
                return new;
              end $$;
              create trigger trigger_twice after insert on processing_logs for each row execute function public.trigger_twice();
              """);
      Simulation.Result result = simulation.run(chain, 1);
      assertThat(result.duplicates()).isEqualTo(1);
      assertThat(result.isClean()).isFalse();
    } finally {
      database.sql().execute("drop trigger trigger_twice on processing_logs");
    }
  }

  @Test
  void aSimulationRemovesNothing() throws Exception {
    OldRuns.write(database, "workflow: old\ntracks:\n  a: {}\n", 3);
    database.passTime(Duration.ofDays(500));
    Definition chain = WorkflowFiles.parse("chain.yaml", "workflow: chain\ntracks: {gmail: {}}\n");
    System.setProperty("cleanup.cron", "* * * * * ?"); // goes before all files of settings
    try (Coordinator cleaner = database.coordinator().with(forEver()).start();
        Simulation simulation =
            Simulation.start(database.pool(), database.plain(), routes(), List.of(chain))) {
      assertThat(simulation.run(chain, 1).isClean()).isTrue();
      LongSupplier times = RouteEnds.count(cleaner, "clean-up");
      Awaitility.await("the schedule's time came again and again")
          .until(() -> times.getAsLong() >= 3);
    } finally {
      System.clearProperty("cleanup.cron");
    }
    assertThat(database.count("select count(*) from track_coordination.runs")).isEqualTo(4);
  }

  /** For an instance that cleans up and finds nothing. */
  private static Properties forEver() {
    Properties settings = new Properties();
    for (String state : List.of("completed", "failed", "cancelled", "timed-out", "tombstones")) {
      settings.setProperty("cleanup." + state, "-1");
    }
    return settings;
  }

  private void runAll(List<Definition> definitions, int runs) throws Exception {
    assertThat(definitions).isNotEmpty();
    try (Simulation simulation =
        Simulation.start(database.pool(), database.plain(), routes(), definitions)) {
      for (Definition definition : definitions) {
        Simulation.Result result = simulation.run(definition, runs);
        assertThat(result.isClean()).as(result.toString()).isTrue();
        assertThat(result.activations()).isEqualTo((long) definition.tracks().size() * runs);
      }
    }
    assertThat(database.audit()).isEmpty();
  }

  private static RoutesFolder routes() throws IOException {
    return RoutesFolder.at(Path.of("routes"));
  }
}

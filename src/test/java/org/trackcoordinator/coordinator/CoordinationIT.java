package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.trackcoordinator.testing.Graphs.CHAIN;
import static org.trackcoordinator.testing.Graphs.DIAMOND;

import java.util.UUID;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.bean.BeanComponent;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.testing.CoordinatedDatabase;

/** One run at a time, from its start to its end. */
@Tag("track-coordination")
class CoordinationIT {

  @RegisterExtension final CoordinatedDatabase database = new CoordinatedDatabase();

  /** Each track completes with what it got and its own name. */
  static RouteBuilder workers(String... handlers) {
    return new RouteBuilder() {
      @Override
      public void configure() {
        for (String handler : handlers) {
          from("kamelet:track-source/test-" + handler + "?handler=" + handler)
              .routeId(handler)
              .setBody(simple("{\"by\": \"${header.trackId}\", \"got\": ${body}}"));
        }
      }
    };
  }

  /**
   * Else each mention of a bean in a route looks for them again: that doubles what a start costs.
   */
  @Test
  void theMethodsOfBeansAreLookedForOnceWhenRoutesAreMade() throws Exception {
    try (Coordinator coordinator = database.coordinator().start()) {
      assertThat(
              coordinator
                  .camel()
                  .getComponent("bean", BeanComponent.class)
                  .getCurrentBeanCacheSize())
          .as("classes of beans whose methods are known")
          .isGreaterThanOrEqualTo(8);
    }
  }

  @Test
  void aChainRunsInOrderAndEachTrackGetsWhatItsPredecessorCompletedWith() throws Exception {
    database.load(CHAIN);
    try (Coordinator coordinator =
        database.coordinator().with(workers("gmail", "drive", "freee")).start()) {
      UUID run = database.startRun("chain", "{\"amount\": 1234567890123.4500}");
      database.awaitRunsEnded(1);
      assertThat(database.chain(run))
          .containsExactly(
              "gmail triggered",
              "gmail started",
              "gmail completed",
              "drive triggered",
              "drive started",
              "drive completed",
              "freee triggered",
              "freee started",
              "freee completed");
      assertThat(
              database
                  .sql()
                  .queryForObject(
                      "select cast(payload as text) from processing_logs where event_type = 'completed' and track_id = 'freee'",
                      String.class))
          .isEqualTo(
              "{\"by\": \"freee\", \"got\": {\"by\": \"drive\", \"got\": {\"by\": \"gmail\", \"got\": {\"amount\": 1234567890123.4500}}}}");
      assertThat(database.audit()).isEmpty();
    }
  }

  @Test
  void aFanInGetsTheInputsOfAllSidesAndNamesTheEventsThatItConsumed() throws Exception {
    database.load(DIAMOND);
    try (Coordinator coordinator =
        database.coordinator().with(workers("a", "b", "c", "d")).start()) {
      UUID run = database.startRun("diamond", "{\"n\": 1}");
      database.awaitRunsEnded(1);
      assertThat(
              database
                  .sql()
                  .queryForObject(
                      "select cast(track_coordination.activation_input(?, 'd') as text)",
                      String.class,
                      run))
          .isEqualTo(
              "{\"b\": {\"by\": \"b\", \"got\": {\"by\": \"a\", \"got\": {\"n\": 1}}},"
                  + " \"c\": {\"by\": \"c\", \"got\": {\"by\": \"a\", \"got\": {\"n\": 1}}}}");
      assertThat(
              database.count(
                  """
                  select count(*) from processing_logs t
                   where t.track_id = 'd' and t.event_type = 'triggered'
                     and t.metadata -> 'consumed' = (select jsonb_agg(c.event_id order by c.track_id) from processing_logs c
                                                      where c.event_type = 'completed' and c.track_id in ('b', 'c'))
                  """))
          .isEqualTo(1);
      assertThat(database.audit()).isEmpty();
    }
  }

  /** Work of many runs is claimed and triggered at once, and what it shares is looked up once. */
  @Test
  void inputsOfSeveralFanInsComeInTheOrderAskedFor() throws Exception {
    database.load(DIAMOND);
    try (Coordinator coordinator =
        database.coordinator().with(workers("a", "b", "c", "d")).start()) {
      database.startRun("diamond", "{\"n\": 1}");
      database.startRun("diamond", "{\"n\": 2}");
      database.awaitRunsEnded(2);
      assertThat(
              database.texts(
                  """
                  with asked as (
                    select array_agg(r.correlation_id order by r.payload desc, o) as runs, array_agg(r.definition_id) as definitions,
                           array_agg(t.track_no) as tracks
                      from track_coordination.runs r join track_coordination.definition_tracks t using (definition_id)
                      cross join generate_series(1, 2) o
                     where t.track_id = 'd'),
                  inputs as (
                    select i.input, i.consumed, i.place
                      from asked, rows from (track_coordination.joined_inputs(runs, definitions, tracks),
                                             track_coordination.consumed_by(runs, definitions, tracks))
                           with ordinality i (input, consumed, place))
                  select concat_ws(' ', i.input #>> '{b,got,got,n}', i.input #>> '{c,got,got,n}', l.payload #>> '{got,got,n}')
                    from inputs i
                    cross join jsonb_array_elements_text(i.consumed -> 'consumed') e
                    join processing_logs l on l.event_id = e::bigint
                   order by i.place, l.event_id
                  """))
          .containsExactly("2 2 2", "2 2 2", "2 2 2", "2 2 2", "1 1 1", "1 1 1", "1 1 1", "1 1 1");
    }
  }

  @Test
  void aTrackThatThrowsFailsItsRunWithClassAndMessageAndNothingElseStarts() throws Exception {
    database.load(CHAIN);
    RouteBuilder failing =
        new RouteBuilder() {
          @Override
          public void configure() {
            from("kamelet:track-source/test-drive?handler=drive")
                .routeId("drive")
                .throwException(new IllegalStateException("the disk is full"));
          }
        };
    try (Coordinator coordinator =
        database.coordinator().with(workers("gmail", "freee")).with(failing).start()) {
      UUID run = database.startRun("chain");
      database.awaitRunsEnded(1);
      assertThat(database.state(run)).isEqualTo("failed");
      assertThat(database.state(run, "drive")).isEqualTo("failed");
      assertThat(database.state(run, "freee")).isEqualTo("cancelled");
      assertThat(
              database
                  .sql()
                  .queryForMap(
                      "select payload #>> '{error,class}' as class, payload #>> '{error,message}' as message"
                          + " from processing_logs where event_type = 'failed'"))
          .containsEntry("class", "java.lang.IllegalStateException")
          .containsEntry("message", "the disk is full");
      assertThat(database.chain(run))
          .containsExactly(
              "gmail triggered",
              "gmail started",
              "gmail completed",
              "drive triggered",
              "drive started",
              "drive failed");
      assertThat(database.audit()).isEmpty();
    }
  }

  @Test
  void aForeignWriterStartsAndCompletesARunByPlainInserts() throws Exception {
    database.load(CHAIN);
    try (Coordinator coordinator = database.coordinator().start()) {
      UUID run = UUID.randomUUID();
      database.insertEvent(run, "gmail", "completed", "{\"mail\": 7}");
      for (String track : new String[] {"drive", "freee"}) {
        org.awaitility.Awaitility.await()
            .until(() -> database.state(run, track), "triggered"::equals);
        database.insertEvent(run, track, "started", null);
        database.insertEvent(run, track, "completed", "{\"by\": \"" + track + "\"}");
      }
      database.awaitRunsEnded(1);
      assertThat(database.state(run)).isEqualTo("completed");
      assertThat(
              database
                  .sql()
                  .queryForObject(
                      "select cast(track_coordination.activation_input(?, 'drive') as text)",
                      String.class,
                      run))
          .isEqualTo("{\"mail\": 7}");
      database.awaitSettled();
      assertThat(database.audit()).isEmpty();
    }
  }

  @Test
  void aPausedHandlerIsHeldAndGoesOnWhenReleased() throws Exception {
    database.load(CHAIN);
    try (Coordinator coordinator =
        database.coordinator().with(workers("gmail", "drive", "freee")).start()) {
      database
          .sql()
          .queryForList("select track_coordination.hold(handler => 'drive', why => 'test')");
      UUID run = database.startRun("chain");
      org.awaitility.Awaitility.await().until(() -> database.state(run, "drive"), "held"::equals);
      assertThat(database.chain(run))
          .containsExactly("gmail triggered", "gmail started", "gmail completed");
      assertThat(database.audit()).isEmpty();
      database.sql().queryForList("select track_coordination.release(handler => 'drive')");
      database.awaitRunsEnded(1);
      assertThat(database.state(run)).isEqualTo("completed");
      assertThat(database.audit()).isEmpty();
    }
  }

  @Test
  void dependenciesAreMetOnceTheyCompletedAndTheQueueShowsWhatWaits() throws Exception {
    database.load(CHAIN);
    try (Coordinator coordinator = database.coordinator().with(workers("gmail")).start()) {
      UUID run = database.startRun("chain");
      database.awaitState(run, "drive", "triggered");
      assertThat(dependenciesMet("gmail", run)).isTrue();
      assertThat(dependenciesMet("drive", run)).isTrue();
      assertThat(dependenciesMet("freee", run)).isFalse();
      assertThat(dependenciesMet("no-such-track", run)).isNull();
      assertThat(dependenciesMet("gmail", UUID.randomUUID())).isNull();
      assertThat(
              database
                  .sql()
                  .queryForList(
                      "select handler || ' ' || depth || ' ' || ready || ' ' || in_progress"
                          + " from track_coordination.queue_depth where queue = 'work'",
                      String.class))
          .containsExactly("drive 1 1 0");
    }
  }

  private Boolean dependenciesMet(String track, UUID run) {
    return database
        .sql()
        .queryForObject(
            "select track_coordination.dependencies_met(?, ?)", Boolean.class, track, run);
  }

  @Test
  void aRouteThatHandlesItsOwnErrorReportsItsFailureByAHeader() throws Exception {
    database.load(CHAIN);
    RouteBuilder reporting =
        new RouteBuilder() {
          @Override
          public void configure() {
            from("kamelet:track-source/test-drive?handler=drive")
                .routeId("drive")
                .setHeader("trackOutcome", constant("failed"))
                .setBody(constant("the drive is read-only"));
          }
        };
    try (Coordinator coordinator =
        database.coordinator().with(workers("gmail")).with(reporting).start()) {
      UUID run = database.startRun("chain");
      database.awaitRunsEnded(1);
      assertThat(database.state(run)).isEqualTo("failed");
      assertThat(
              database.count(
                  "select count(*) from processing_logs where track_id = 'drive' and event_type = 'failed'"
                      + " and payload #>> '{error,message}' = 'the drive is read-only'"))
          .isEqualTo(1);
      assertThat(database.audit()).isEmpty();
    }
  }
}

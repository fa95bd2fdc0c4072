package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;
import org.trackcoordinator.testing.CoordinatedDatabase;

/**
 * Each check of the audit finds what it is there for: healthy data, broken by hand, one thing at a
 * time.
 */
@Tag("track-coordination")
class AuditIT {

  /**
   * One thing broken.
   *
   * @param invariant what the audit calls it
   * @param tracks the tracks that it names for it, sorted; "-" for none
   * @param how the SQL that breaks it; {@code :b} stands for the row of track b in activations
   */
  private record Break(String invariant, String tracks, String how) {}

  private static final List<Break> BREAKS =
      List.of(
          new Break(
              "an activation past waiting and held has exactly one trigger",
              "b",
              "delete from processing_logs where event_id = (select trigger_event_id from :b)"),
          new Break(
              "an activation past waiting and held has exactly one trigger",
              "b",
              """
              alter table processing_logs drop constraint processing_logs_pkey;
              insert into processing_logs select * from processing_logs where event_id = (select trigger_event_id from :b)
              """),
          new Break(
              "no trigger before all dependencies",
              "b",
              """
              update processing_logs set event_id = -1 where event_id = (select trigger_event_id from :b);
              update track_coordination.activations set trigger_event_id = -1 where (correlation_id, track_no) in (select correlation_id, track_no from :b)
              """),
          new Break(
              "no trigger before all dependencies",
              "d",
              """
              insert into processing_logs (event_id, correlation_id, track_id, event_type) select 1000000, correlation_id, 'd', 'triggered' from :d;
              insert into track_coordination.work_queue (correlation_id, track_no, handler, due_at, attempt, definition_id)
                select correlation_id, track_no, 'd', now(), 0, definition_id from :d;
              update track_coordination.activations set state = 'triggered', remaining = 0, trigger_event_id = 1000000
               where (correlation_id, track_no) in (select correlation_id, track_no from :d)
              """),
          new Break(
              "what is missing is counted right",
              "d",
              "update track_coordination.activations set remaining = 1 where (correlation_id, track_no) in (select correlation_id, track_no from :d)"),
          new Break(
              "what hands on nothing to all is skipped",
              "s",
              "update track_coordination.activations set state = 'waiting' where (correlation_id, track_no) in (select correlation_id, track_no from :s)"),
          new Break(
              "a state is what the transitions make of the log",
              "a",
              "update track_coordination.activations set state = 'failed' where (correlation_id, track_no) in (select correlation_id, track_no from :a)"),
          new Break(
              "a state is what the transitions make of the log",
              "a",
              "delete from processing_logs where event_id = (select result_event_id from :a)"),
          new Break(
              "a state is what the log says",
              "d",
              "insert into processing_logs (correlation_id, track_id, event_type) select correlation_id, 'd', 'triggered' from :d"),
          new Break(
              "a state is what the log says",
              "a",
              "update processing_logs set event_type = 'failed' where event_id = (select result_event_id from :a)"),
          new Break(
              "an event has one fate",
              "a",
              "insert into track_coordination.event_fates (correlation_id, event_id, fate, reason) select correlation_id, result_event_id, 'late', 'test' from :a"),
          new Break(
              "a condition skips its own track",
              "s",
              "update processing_logs set metadata = '{\"condition\": \"true\"}' where event_type = 'skipped' and track_id = 's'"),
          new Break(
              "triggered work is queued, and nothing else",
              "b",
              "delete from track_coordination.work_queue where handler = 'b'"),
          new Break(
              "triggered work is queued, and nothing else",
              "a",
              """
              insert into track_coordination.work_queue (correlation_id, track_no, handler, due_at, attempt, definition_id)
                select correlation_id, track_no, 'a', now(), 0, definition_id from :a
              """),
          new Break(
              "what is ready is triggered or held",
              "d",
              "update track_coordination.activations set remaining = 0 where (correlation_id, track_no) in (select correlation_id, track_no from :d)"),
          new Break(
              "what is ready is triggered or held",
              "x",
              "delete from track_coordination.activations where (correlation_id, track_no) in (select correlation_id, track_no from :x)"),
          new Break(
              "what is held has a closed gate", "h", "delete from track_coordination.gate_states"),
          new Break(
              "no run begins on a retired definition",
              "-",
              "insert into track_coordination.retired_definitions select definition_id, 'ann', null, created_at - interval '1 s' from track_coordination.runs limit 1"),
          new Break(
              "a run ends when its tracks did",
              "-",
              "update track_coordination.runs set state = 'failed', finished_at = now() where state = 'running'"),
          new Break(
              "a run ends when its tracks did",
              "-",
              "update track_coordination.runs set remaining_leaves = 0 where state = 'running'"),
          new Break(
              "a run ends when its tracks did",
              "-",
              "update track_coordination.runs set state = 'running', finished_at = null, remaining_leaves = 1 where state = 'completed'"),
          new Break(
              "a run ends when its tracks did",
              "-",
              "update track_coordination.runs set state = 'failed' where state = 'completed'"),
          new Break(
              "a run ends when its tracks did",
              "-",
              "update track_coordination.runs set remaining_leaves = 1 where state = 'completed'"),
          new Break(
              "a run ends when its tracks did",
              "-",
              """
              update processing_logs set event_type = 'failed' where track_id = 'alone' and event_type = 'completed';
              update track_coordination.activations set state = 'failed' where (correlation_id, track_no) in (select correlation_id, track_no from :alone)
              """),
          new Break(
              "a run ends when its tracks did",
              "-",
              "update track_coordination.activations set state = 'cancelled', result_event_id = null where (correlation_id, track_no) in (select correlation_id, track_no from :alone)"),
          new Break(
              "attempts stay within their limit",
              "c",
              """
              insert into processing_logs (correlation_id, track_id, event_type, attempt) select correlation_id, 'c', 'started', 2 from :c
              """),
          new Break(
              "a circuit that rests says until when",
              "-",
              """
              insert into track_coordination.gate_states (kind, circuit, state, who, permits, wave, closings)
              values ('circuit', 'z', 'closed', 'test', 0, 0, 1)
              """),
          new Break(
              "probes stay within their wave",
              "-",
              """
              insert into track_coordination.gate_states (kind, circuit, state, who, permits, wave, closings, earliest_at)
              values ('circuit', 'z', 'closed', 'test', 2, 1, 1, now())
              """),
          new Break(
              "probes stay within their wave",
              "-",
              """
              insert into track_coordination.gate_states (kind, circuit, state, who, permits, wave, closings, earliest_at)
              values ('circuit', 'z', 'closed', 'test', 1, 1, 1, now());
              insert into track_coordination.circuit_probes (correlation_id, track_no, attempt, circuit, track_id, started_event_id)
                select correlation_id, track_no, 1, 'z', 'c', trigger_event_id from :c
              """),
          new Break(
              "a handler stays within maxConcurrent",
              "-",
              """
              update track_coordination.handlers set max_concurrent = 1 where handler = 'c';
              update track_coordination.work_queue set under_limit = 1 where handler = 'c';
              insert into track_coordination.work_queue (correlation_id, track_no, handler, due_at, attempt, worker, definition_id, under_limit)
                select correlation_id, 77, 'c', now() + interval '1 h', 1, 'tester', definition_id, 1 from :c
              """),
          new Break(
              "nothing is claimed for ever",
              "c",
              "update track_coordination.work_queue set due_at = 'infinity' where handler = 'c'"),
          new Break(
              "nothing is claimed for ever",
              "c",
              "update track_coordination.work_queue set due_at = now() - interval '61 min' where handler = 'c'"),
          new Break(
              "every event has a fate",
              "b",
              """
              insert into processing_logs (correlation_id, track_id, event_type, attempt) select correlation_id, 'b', 'completed', 1 from :b
              """),
          new Break(
              "every event has a fate",
              "x",
              """
              insert into processing_logs (correlation_id, track_id, event_type, attempt) select correlation_id, 'x', 'failed', 1 from :x
              """));

  @RegisterExtension final CoordinatedDatabase database = new CoordinatedDatabase();

  /** A run with a track in each state that lasts, and one that is done. */
  @BeforeEach
  void makeHealthyData() throws Exception {
    database.load(
        """
        workflow: w
        defaults: {retry: {maxAttempts: 1}, timeout: none}
        tracks:
          a: {}
          b: {dependsOn: [a]}
          c: {dependsOn: [a]}
          d: {dependsOn: [a, b, c]}
          h: {dependsOn: [a]}
          s: {dependsOn: [x]}
          x: {onFailure: skip-downstream}
        """);
    database.load("workflow: done\ntracks:\n  alone: {}\n");
    try (Coordinator coordinator = database.coordinator().start()) {
      database.sql().queryForList("select track_coordination.hold(handler => 'h')");
      UUID done = database.startRun("done");
      end("alone", "completed");
      UUID run = database.startRun("w");
      end("a", "completed");
      end("x", "failed");
      database.awaitState(run, "s", "skipped");
      database.awaitState(run, "h", "held");
      database.awaitState(run, "b", "triggered");
      assertThat(
              database
                  .sql()
                  .queryForList("select track_coordination.claim_work('c', 'tester', 1, '1 h')"))
          .hasSize(1);
      database.awaitSettled();
      assertThat(database.state(done)).isEqualTo("completed");
    }
  }

  @TestFactory
  Stream<DynamicTest> theAuditFindsWhatIsBroken() {
    return BREAKS.stream()
        .map(
            broken ->
                DynamicTest.dynamicTest(
                    broken.invariant + " (" + broken.tracks + "): " + broken.how.strip(),
                    () -> assertFound(broken)));
  }

  @Test
  void eachCheckIsBrokenHereOnce() throws Exception {
    String source = Files.readString(Path.of("migrations", "100_create_audit.sql"));
    assertThat(BREAKS)
        .extracting(Break::invariant)
        .containsAll(
            Pattern.compile("(?m)^  select '([^']+)', ")
                .matcher(source)
                .results()
                .map(check -> check.group(1))
                .toList());
  }

  /** Claims it as soon as it may be, and ends it so. */
  private void end(String handler, String event) {
    Awaitility.await(handler + " can be claimed")
        .until(
            () ->
                database
                        .sql()
                        .queryForList(
                            "select track_coordination.finish_work(c.correlation_id, c.track_id, c.attempt, ?, '{}')"
                                + " from track_coordination.claim_work(?, 'tester', 1, '1 h') c",
                            event,
                            handler)
                        .size()
                    == 1);
  }

  @Test
  void rootsWhoseBeginningIsInQuarantineAreNoFault() throws Exception {
    String begun =
        """
        delete from track_coordination.activations where (correlation_id, track_no) in (select correlation_id, track_no from :x);
        insert into track_coordination.event_fates (correlation_id, event_id, fate, reason) select correlation_id, -1, 'quarantined', 'test' from :a
        """;
    assertThat(found("what is ready is triggered or held", begun)).isNull();
  }

  private void assertFound(Break broken) throws Exception {
    assertThat(database.audit()).as("healthy before").isEmpty();
    assertThat(found(broken.invariant, broken.how)).isEqualTo(broken.tracks);
  }

  /** The tracks that the audit names; broken in a transaction that is rolled back. */
  private String found(String invariant, String how) throws Exception {
    SingleConnectionDataSource one =
        new SingleConnectionDataSource(database.plain().getConnection(), true);
    try {
      one.getConnection().setAutoCommit(false);
      JdbcTemplate sql = new JdbcTemplate(one);
      sql.execute("set local track.own = on"); // nobody is there to settle what is inserted
      sql.execute(
          how.replaceAll(
              "from :(\\w+)",
              "from (select a.* from track_coordination.activations a"
                  + " join track_coordination.definition_tracks t using (definition_id, track_no) where t.track_id = '$1') mine"));
      return sql.queryForObject(
          "select string_agg(distinct coalesce(track_id, '-'), ',') from track_coordination.audit() where invariant = ?",
          String.class,
          invariant);
    } finally {
      one.getConnection().rollback();
      one.destroy();
    }
  }
}

package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.trackcoordinator.database.Database;
import org.trackcoordinator.workflow.WorkflowFiles;

/** Many runs of a graph that fans out and in twice, all of its tracks done by one handler. */
final class RunsUnderFault {

  static final int TRACKS = 8;

  static final String ORDERS =
      """
      workflow: orders
      defaults:
        retry: {maxAttempts: 1000}
      tracks:
        order: {handler: work}
        pick-a: {dependsOn: [order], handler: work}
        pick-b: {dependsOn: [order], handler: work}
        pick-c: {dependsOn: [order], handler: work}
        pick-d: {dependsOn: [order], handler: work}
        label: {dependsOn: [order], handler: work}
        pack: {dependsOn: [pick-a, pick-b, pick-c, pick-d], handler: work}
        ship: {dependsOn: [pack, label], handler: work}
      """;

  private static final Duration PATIENCE = Duration.ofSeconds(120);

  private final JdbcTemplate sql;
  private final int definition;
  private final List<UUID> started = new ArrayList<>();

  RunsUnderFault(Database database) {
    this(database, ORDERS);
  }

  private RunsUnderFault(Database database, String workflow) {
    this.sql = new JdbcTemplate(database.plain());
    this.definition =
        new DefinitionStore(database.pool(), "test")
            .makeCurrent(WorkflowFiles.parse("orders.yaml", workflow));
  }

  /** Runs whose attempts each may take so long, such as {@code 3s}. */
  static RunsUnderFault withTimeout(Database database, String timeout) {
    return new RunsUnderFault(
        database, ORDERS.replace("handler: work", "handler: work, timeout: " + timeout));
  }

  private RunsUnderFault(Database database, RunsUnderFault same) {
    this.sql = new JdbcTemplate(database.plain());
    this.definition = same.definition;
    this.started.addAll(same.started);
  }

  /** The same runs, asked for on another way to the database. */
  static RunsUnderFault seenFrom(Database database, RunsUnderFault same) {
    return new RunsUnderFault(database, same);
  }

  /** The time on the database's own clock, which no test moves. */
  String now() {
    return sql.queryForObject("select clock_timestamp()", String.class);
  }

  /** Starts so many more runs. */
  void start(int runs) {
    started.addAll(
        sql.queryForList(
            "select track_coordination.start_runs(?, ?)", UUID.class, definition, runs));
  }

  /** How many rows of this type are in the log. */
  long events(String type) {
    return count("select count(*) from processing_logs where event_type = ?", type);
  }

  /** How many activations a worker holds. */
  long inHand() {
    return count("select count(*) from track_coordination.work_queue where worker is not null");
  }

  /** Returns when at least so many activations have completed and others are being worked on. */
  void awaitInProgress(long completed) {
    await("%d completed, more in progress".formatted(completed))
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> events("completed") >= completed && inHand() > 0);
  }

  /** Returns when no run is running and no event queued. */
  void awaitEnd() {
    await("all runs ended")
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .until(
            whenTheDatabaseAnswers(
                () ->
                    count(
                            "select (select count(*) from track_coordination.runs where state = 'running')"
                                + " + (select count(*) from track_coordination.event_queue)")
                        == 0));
  }

  /** Asks again later while the database is away. */
  static Callable<Boolean> whenTheDatabaseAnswers(Callable<Boolean> question) {
    return () -> {
      try {
        return question.call();
      } catch (DataAccessException e) {
        if (TransientFailure.isTransient(e)) {
          return false;
        }
        throw e;
      }
    };
  }

  /** Each track of each run once, in order, and nothing that the audit finds. */
  void assertSound() {
    UUID[] runs = started.toArray(UUID[]::new);
    assertThat(sql.queryForMap("select * from track_coordination.count_outcomes(?)", (Object) runs))
        .containsEntry("activations", (long) runs.length * TRACKS)
        .containsEntry("duplicates", 0L)
        .containsEntry("order_violations", 0L)
        .containsEntry("unfinished", 0L);
    assertThat(
            sql.queryForList(
                "select track_id, correlation_id, count(*) from processing_logs where event_type = 'triggered' group by 1, 2 having count(*) > 1"))
        .as("tracks triggered more than once")
        .isEmpty();
    assertThat(sql.queryForList("select * from track_coordination.audit()")).as("audit").isEmpty();
  }

  /** Attempts that were lost with their worker were timed out, retried, and taken over. */
  void assertLostAttemptsWereTakenOver() {
    assertThat(
            sql.queryForList(
                """
                select l.* from processing_logs l
                 where l.event_type = 'timed_out'
                   and (l.payload #>> '{error,class}' is distinct from 'lease-lost'
                        or 2 <> (select count(*) from processing_logs n
                                  where n.correlation_id = l.correlation_id and n.track_id = l.track_id
                                    and (n.event_type, n.attempt) in (('retried', l.attempt), ('started', l.attempt + 1))))
                """))
        .as("lost attempts that nobody took over")
        .isEmpty();
  }

  /** No attempt was lost: none after the first, none timed out, no event without effect. */
  void assertNoAttemptWasLost() {
    assertThat(
            sql.queryForList(
                "select * from processing_logs where attempt > 1 or event_type in ('timed_out', 'retried', 'failed')"))
        .as("attempts that were lost")
        .isEmpty();
    assertThat(sql.queryForList("select * from track_coordination.event_fates"))
        .as("events without effect")
        .isEmpty();
  }

  long count(String query, Object... parameters) {
    return sql.queryForObject(query, Long.class, parameters);
  }

  JdbcTemplate sql() {
    return sql;
  }
}

package org.trackcoordinator.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.trackcoordinator.operations.Operations;
import org.trackcoordinator.operations.RefusedOperation;

/** A run that was waited for, as it was then. */
final class RunEnd {

  /** Short enough for proxies, which cut off what is silent for a minute. */
  private static final Duration AT_ONCE = Duration.ofSeconds(30);

  private static final Duration ABSENCE = Duration.ofSeconds(60);
  private static final Duration PAUSE = Duration.ofSeconds(1);

  private final JsonNode run;

  private RunEnd(JsonNode run) {
    this.run = run;
  }

  /**
   * Waits until the run is at its end, or the time is up. What was asked may be away for up to a
   * minute meanwhile.
   *
   * @throws Refusal if it is away for longer
   */
  static RunEnd await(Operations operations, String correlationId, long seconds) {
    return await(operations, correlationId, seconds, ABSENCE);
  }

  /**
   * @param absence how long what is asked may be away
   */
  static RunEnd await(Operations operations, String correlationId, long seconds, Duration absence) {
    long begun = System.nanoTime();
    Long awaySince = null;
    while (true) {
      long askedAt = System.nanoTime();
      long left = left(seconds, begun);
      try {
        Duration piece = Duration.ofNanos(Math.max(0, Math.min(left, AT_ONCE.toNanos())));
        RunEnd end = new RunEnd(operations.awaitEnd(correlationId, piece));
        awaySince = null;
        if (!end.isRunning() || left(seconds, begun) <= 0) {
          return end;
        }
      } catch (RefusedOperation e) {
        awaySince = awaySince == null ? System.nanoTime() : awaySince;
        boolean tooLong = System.nanoTime() - awaySince >= absence.toNanos();
        if (!e.mayPass() || tooLong || left <= 0) {
          throw new Refusal(
              "Run %s was started and goes on, but can't be waited for: %s"
                  .formatted(correlationId, e.getMessage()),
              e);
        }
      }
      // who answers before the time that was asked for, as a server that stops, has a pause
      long pause = PAUSE.toNanos() - (System.nanoTime() - askedAt);
      LockSupport.parkNanos(Math.min(pause, left(seconds, begun)));
    }
  }

  private static long left(long seconds, long begun) {
    return TimeUnit.SECONDS.toNanos(seconds) - (System.nanoTime() - begun);
  }

  /** A state as it stands after "is". */
  static String adjective(String state) {
    return state.equals("timed_out") ? "timed out" : state;
  }

  boolean isRunning() {
    return state().equals("running");
  }

  boolean isCompleted() {
    return state().equals("completed");
  }

  JsonNode result() {
    return run.path("result");
  }

  /** What became of it: state, time, and what failed. */
  String sentence() {
    Instant from = Answers.time(run, "startedAt");
    Instant to = Answers.time(run, "finishedAt");
    String error = Answers.text(run, "error");
    return "Run %s is %s after %s%s"
        .formatted(
            run.path("correlationId").asText(),
            adjective(state()),
            from == null || to == null ? "?" : ChainTable.text(Duration.between(from, to)),
            error == null ? "" : ": " + error);
  }

  /** For programs. */
  ObjectNode object() {
    ObjectNode object =
        Answers.pick(
            run,
            "correlationId",
            "workflow",
            "definition",
            "state",
            "userId",
            "priority",
            "startedAt",
            "finishedAt",
            "deadlineAt",
            "result",
            "error");
    var tracks = object.putArray("tracks");
    run.path("tracks")
        .forEach(
            track ->
                tracks.add(
                    Answers.pick(
                        track, "trackId", "handler", "state", "attempt", "worker", "doing",
                        "dueAt")));
    return object;
  }

  private String state() {
    return run.path("state").asText();
  }
}

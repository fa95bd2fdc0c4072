package org.trackcoordinator.whatif;

import static org.trackcoordinator.whatif.TrackRecord.NEVER;

import java.util.Arrays;
import org.trackcoordinator.whatif.Course.Because;
import org.trackcoordinator.workflow.OnFailure;

/**
 * One run through one graph: what its tracks reported is taken from the record, what follows from
 * it is said by the graph. See {@code docs/definitions.md} for the rules.
 */
final class Replay {

  /** What a track hands to one that waits for it. */
  private record Handed(Ending what, long at, Because because) {

    static final Handed OPEN = new Handed(Ending.OPEN, NEVER, Because.WAITS);
  }

  /** When a track is ready, and why. */
  private record Readiness(long at, Because because, int other, long skippedAt) {

    static Readiness never(Because because, int other) {
      return new Readiness(NEVER, because, other, NEVER);
    }
  }

  private final Graph graph;
  private final RunRecord run;
  private final Replay own;
  private final Course[] courses;

  private Replay(Graph graph, RunRecord run, Replay own) {
    this.graph = graph;
    this.run = run;
    this.own = own;
    this.courses = new Course[graph.nodes().size()];
    for (int place = 0; place < courses.length; place++) {
      courses[place] = course(graph.node(place));
    }
    endRun();
  }

  /** Through the graph that the run ran on: says when each track of the record was ready. */
  static Replay ofRecord(Graph graph, RunRecord run) {
    return new Replay(graph, run, null);
  }

  /** The same run through another graph. */
  Replay through(Graph changed) {
    return new Replay(changed, run, this);
  }

  Graph graph() {
    return graph;
  }

  RunRecord run() {
    return run;
  }

  /** What becomes of a track; null if the graph has none of this id. */
  Course course(String id) {
    int place = graph.place(id);
    return place == Graph.NONE ? null : courses[place];
  }

  /** Whether it holds what its graph does not explain. */
  boolean isUnexplained() {
    return Arrays.stream(courses).anyMatch(Course::fixed);
  }

  private Course course(Graph.Node node) {
    TrackRecord record = run.track(node.id());
    Readiness ready = readiness(node);
    if (isFixed(node, record, ready)) {
      return triggered(record, new Readiness(record.triggeredAt(), Because.ROOT, -1, NEVER), true);
    }
    if (record.takenOut() && (ready.at() > record.endedAt() || !record.triggered())) {
      // also what it waits for goes on without it
      return new Course(
          ready.at() > record.endedAt() ? NEVER : ready.at(),
          Because.TAKEN_OUT,
          Graph.NONE,
          false,
          false,
          record.dataAt(),
          record.ending(),
          record.endedAt());
    }
    if (ready.at() == NEVER) {
      return ended(ready, ready.skippedAt() == NEVER ? Ending.OPEN : Ending.SKIPPED);
    }
    if (record.triggered()) {
      return triggered(record, ready, false);
    }
    return notInTheRecord(node, record, ready);
  }

  /** Ready by the graph, but never triggered in the record. */
  private Course notInTheRecord(Graph.Node node, TrackRecord record, Readiness ready) {
    Course before = own == null ? null : own.course(node.id());
    boolean byCondition =
        own == null
            ? record.skippedByRule()
            : before != null && before.because() == Because.CONDITION && node.when() != null;
    if (byCondition) {
      return ended(
          new Readiness(
              NEVER, Because.CONDITION, Graph.NONE, Math.max(ready.at(), record.endedAt())),
          Ending.SKIPPED);
    }
    if (own == null || before != null && before.readyAt() <= ready.at()) {
      // held by a gate, or the end of the run came first: it would be again
      return new Course(
          ready.at(), ready.because(), ready.other(), false, false, NEVER, Ending.OPEN, NEVER);
    }
    return new Course(
        ready.at(),
        ready.because(),
        ready.other(),
        true,
        false,
        ready.at(),
        Ending.COMPLETED,
        ready.at());
  }

  /**
   * Triggered in the record, and not to be understood from the graph: an operator's retry, for
   * example, lets a track end after those that went on without it.
   */
  private boolean isFixed(Graph.Node node, TrackRecord record, Readiness ready) {
    if (own == null) {
      return record.triggered() && ready.at() > record.triggeredAt();
    }
    Course before = own.course(node.id());
    return before != null && before.fixed();
  }

  private static Course triggered(TrackRecord record, Readiness ready, boolean fixed) {
    return new Course(
        ready.at(),
        ready.because(),
        ready.other(),
        true,
        fixed,
        later(record.dataAt(), ready.at()),
        record.ending(),
        later(record.endedAt(), ready.at()));
  }

  private static Course ended(Readiness ready, Ending ending) {
    return new Course(
        NEVER, ready.because(), ready.other(), false, false, NEVER, ending, ready.skippedAt());
  }

  /** What was reported before it could begin is reported at once when it does. */
  private static long later(long reported, long ready) {
    return reported == NEVER ? NEVER : Math.max(reported, ready);
  }

  private Readiness readiness(Graph.Node node) {
    if (node.stepsInFor() != Graph.NONE) {
      return ofFallback(node);
    }
    if (node.waitsFor().isEmpty()) {
      return new Readiness(0, Because.ROOT, Graph.NONE, NEVER);
    }
    long at = -1;
    int last = Graph.NONE;
    Because because = Because.AFTER;
    boolean nothing = true;
    for (Graph.Wait wait : node.waitsFor()) {
      Handed handed = handed(wait.place(), wait.forData());
      if (handed.what() == Ending.OPEN) {
        return Readiness.never(
            failedRun(wait.place()) ? Because.RUN_FAILED : Because.WAITS, wait.place());
      }
      nothing &= handed.what() == Ending.SKIPPED;
      if (handed.at() > at) {
        at = handed.at();
        last = wait.place();
        because = handed.because();
      }
    }
    return nothing
        ? new Readiness(NEVER, Because.NOTHING_HANDED_ON, last, at)
        : new Readiness(at, because, last, NEVER);
  }

  private boolean failedRun(int place) {
    return courses[place].ending() == Ending.FAILED
        && graph.node(place).onFailure() == OnFailure.Action.FAIL_RUN;
  }

  private Readiness ofFallback(Graph.Node node) {
    Course course = courses[node.stepsInFor()];
    return course.ending() == Ending.FAILED
        ? new Readiness(course.endedAt(), Because.AFTER, node.stepsInFor(), NEVER)
        : Readiness.never(Because.NOT_NEEDED, node.stepsInFor());
  }

  /** What a track hands on to those that wait for it; its fallback speaks for it. */
  private Handed handed(int place, boolean data) {
    Course course = courses[place];
    if (data && course.dataAt() != NEVER) {
      return new Handed(Ending.COMPLETED, course.dataAt(), Because.AFTER_DATA);
    }
    Graph.Node node = graph.node(place);
    return switch (course.ending()) {
      case OPEN -> Handed.OPEN;
      case COMPLETED, HANDED_ON -> new Handed(Ending.COMPLETED, course.endedAt(), Because.AFTER);
      case SKIPPED -> new Handed(Ending.SKIPPED, course.endedAt(), Because.AFTER);
      case FAILED ->
          switch (node.onFailure()) {
            case FAIL_RUN -> Handed.OPEN;
            case SKIP_DOWNSTREAM -> new Handed(Ending.SKIPPED, course.endedAt(), Because.AFTER);
            case CONTINUE -> new Handed(Ending.COMPLETED, course.endedAt(), Because.AFTER);
            case FALLBACK -> handed(node.fallback(), data);
          };
    };
  }

  /**
   * Nothing begins once a track has failed the run. Places rise along every edge, so what would be
   * ready later can be cut off at the end.
   */
  private void endRun() {
    long end = NEVER;
    int failing = Graph.NONE;
    for (int place = 0; place < courses.length; place++) {
      if (failedRun(place) && endedBy(place) < end) {
        end = endedBy(place);
        failing = place;
      }
    }
    for (int place = 0; place < courses.length && end != NEVER; place++) {
      if (courses[place].ready() && courses[place].readyAt() > end && !courses[place].fixed()) {
        courses[place] = courses[place].cutOff(failing);
      }
    }
  }

  /** Where the failure of a track ends the run: in the record not before its last trigger. */
  private long endedBy(int place) {
    long failedAt = courses[place].endedAt();
    Graph recorded = own == null ? graph : own.graph;
    int before = recorded.place(graph.node(place).id());
    boolean endedTheRecord =
        run.failed()
            && before != Graph.NONE
            && recorded.node(before).onFailure() == OnFailure.Action.FAIL_RUN;
    return endedTheRecord ? Math.max(failedAt, lastTrigger(recorded)) : failedAt;
  }

  private long lastTrigger(Graph recorded) {
    long last = 0;
    for (Graph.Node node : recorded.nodes()) {
      TrackRecord record = run.track(node.id());
      if (record.triggered()) {
        last = Math.max(last, record.triggeredAt());
      }
    }
    return last;
  }
}

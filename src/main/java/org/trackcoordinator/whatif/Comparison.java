package org.trackcoordinator.whatif;

import java.util.ArrayList;
import java.util.List;
import org.trackcoordinator.whatif.Difference.Change;

/** One run: what was triggered in the record, against what the changed graph triggers. */
final class Comparison {

  private final Replay recorded;
  private final Replay changed;

  private Comparison(Replay recorded, Replay changed) {
    this.recorded = recorded;
    this.changed = changed;
  }

  /** The differences, those of the recorded graph's tracks first; none if there are none. */
  static List<Difference> of(Replay recorded, Graph changed) {
    return new Comparison(recorded, recorded.through(changed)).differences();
  }

  private List<Difference> differences() {
    List<Difference> found = new ArrayList<>(0);
    for (Graph.Node node : recorded.graph().nodes()) {
      compare(node.id(), found);
    }
    for (Graph.Node node : changed.graph().nodes()) {
      if (recorded.course(node.id()) == null && changed.course(node.id()).triggered()) {
        found.add(
            new Difference(Change.ADDED, node.id(), "a new track, taken to be completed at once"));
      }
    }
    return found;
  }

  private void compare(String track, List<Difference> found) {
    boolean wasTriggered = recorded.run().track(track).triggered();
    Course before = recorded.course(track);
    Course after = changed.course(track);
    if (after == null) {
      if (wasTriggered) {
        found.add(new Difference(Change.LOST, track, "it is no track any more"));
      }
    } else if (wasTriggered && !after.triggered()) {
      found.add(new Difference(Change.LOST, track, whyNot(after, changed.graph())));
    } else if (!wasTriggered && after.triggered()) {
      found.add(new Difference(Change.ADDED, track, "before, " + whyNot(before, recorded.graph())));
    } else if (wasTriggered && after.readyAt() != before.readyAt()) {
      boolean earlier = after.readyAt() < before.readyAt();
      found.add(
          new Difference(
              Change.REORDERED,
              track,
              "%s: %s instead of %s"
                  .formatted(
                      earlier ? "earlier" : "later",
                      when(after, changed.graph()),
                      when(before, recorded.graph()))));
    }
  }

  private static String when(Course course, Graph graph) {
    return switch (course.because()) {
      case ROOT -> "at the run's start";
      case AFTER_DATA -> "after data of " + graph.node(course.other()).id();
      default -> "after " + graph.node(course.other()).id();
    };
  }

  private static String whyNot(Course course, Graph graph) {
    String other = course.other() == Graph.NONE ? "" : graph.node(course.other()).id();
    return switch (course.because()) {
      case ROOT, AFTER, AFTER_DATA -> "it was ready, and the run ended first";
      case WAITS -> "it waits for " + other + ", which hands on nothing in these runs";
      case NOTHING_HANDED_ON -> "it is skipped: all that it depends on hands on nothing";
      case NOT_NEEDED -> "it is the fallback of " + other + ", which does not fail";
      case CONDITION -> "its condition was false";
      case TAKEN_OUT -> "an operator skipped it first";
      case RUN_FAILED -> other + " fails the run first";
    };
  }
}

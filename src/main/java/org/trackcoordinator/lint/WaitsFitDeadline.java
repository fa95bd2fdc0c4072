package org.trackcoordinator.lint;

import java.time.Duration;
import java.util.function.Consumer;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.Retry;
import org.trackcoordinator.workflow.Track;

/** Pauses between attempts, or waiting for a worker, that alone outlast the run. */
final class WaitsFitDeadline implements Check {

  @Override
  public void look(Project project, Consumer<Finding> found) {
    project
        .asked()
        .map(Project.Workflow::definition)
        .filter(definition -> definition.deadline() != null)
        .forEach(definition -> look(definition, found));
  }

  private static void look(Definition definition, Consumer<Finding> found) {
    WorkflowPlaces places = WorkflowPlaces.of(definition);
    definition.tracks().stream()
        .filter(track -> waitsTooLong(track, definition))
        .map(
            track ->
                places
                    .setting(track.id(), "triggerTimeout")
                    .warning(
                        "the triggerTimeout %s can never be reached: the deadline ends the whole run after %s; lower it, or raise the deadline",
                        Spoken.of(track.policy().triggerTimeout()),
                        Spoken.of(definition.deadline())))
        .distinct()
        .forEach(found);
    definition.tracks().stream()
        .filter(track -> attempts(track.policy().retry(), definition.deadline()) != 0)
        .map(track -> retries(track, definition, places))
        .distinct()
        .forEach(found);
  }

  private static boolean waitsTooLong(Track track, Definition definition) {
    Duration limit = track.policy().triggerTimeout();
    return limit != null && limit.compareTo(definition.deadline()) > 0;
  }

  private static Finding retries(Track track, Definition definition, WorkflowPlaces places) {
    Retry retry = track.policy().retry();
    return places
        .setting(track.id(), "retry")
        .warning(
            "of %d attempts at most %d can be made: the pauses alone outlast the deadline %s; lower maxAttempts or the pauses, or raise the deadline",
            retry.maxAttempts(),
            attempts(retry, definition.deadline()),
            Spoken.of(definition.deadline()));
  }

  /**
   * How many attempts can be begun within the deadline if none takes any time and each pause is as
   * short as jitter makes it; 0 if all can.
   */
  private static int attempts(Retry retry, Duration deadline) {
    double limit = deadline.toMillis();
    double longest = retry.maxBackoff().toMillis();
    double pause = Math.min(longest, retry.backoff().toMillis());
    double passed = 0;
    for (int attempt = 1; attempt < retry.maxAttempts(); attempt++) {
      passed += pause * (1 - retry.jitter());
      if (passed > limit) {
        return attempt;
      }
      pause = Math.min(longest, pause * retry.multiplier());
    }
    return 0;
  }
}

package org.trackcoordinator.lint;

import java.util.Set;
import java.util.function.Consumer;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.OnFailure.Action;

/** Handlers for an end that no run of this workflow can come to. */
final class RunEndsCanHappen implements Check {

  /** After these a run goes on, and completes; a fallback has a policy of its own. */
  private static final Set<Action> GO_ON = Set.of(Action.CONTINUE, Action.FALLBACK);

  @Override
  public void look(Project project, Consumer<Finding> found) {
    project
        .asked()
        .map(Project.Workflow::definition)
        .forEach(definition -> look(definition, found));
  }

  private static void look(Definition definition, Consumer<Finding> found) {
    if (definition.on().containsKey("timed_out") && definition.deadline() == null) {
      found.accept(
          WorkflowPlaces.of(definition)
              .at("on", "timed_out")
              .warning(
                  "is never activated: only a deadline times a run out, and there is none; write a deadline, or on: failed for tracks that time out"));
    }
    boolean neverFails =
        definition.tracks().stream()
            .allMatch(track -> GO_ON.contains(track.policy().onFailure().action()));
    if (definition.on().containsKey("failed") && neverFails) {
      found.accept(
          WorkflowPlaces.of(definition)
              .at("on", "failed")
              .warning(
                  "is never activated: each track has onFailure continue or a fallback, so no run fails; remove it, or let a track fail its run"));
    }
  }
}

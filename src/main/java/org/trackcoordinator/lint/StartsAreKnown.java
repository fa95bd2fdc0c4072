package org.trackcoordinator.lint;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.Track;
import org.trackcoordinator.workflow.Words;

/**
 * Routes that start a workflow which no file defines, or complete a track that is no root of it.
 */
final class StartsAreKnown implements Check {

  @Override
  public void look(Project project, Consumer<Finding> found) {
    if (project.routes().isEmpty()) {
      return;
    }
    Routes routes = project.routes().get();
    for (Use.Starts starts : routes.uses(Use.Starts.class)) {
      if (routes.startsItself(starts.route())) {
        look(project, starts, found);
      }
    }
  }

  private static void look(Project project, Use.Starts starts, Consumer<Finding> found) {
    Value workflow = starts.workflow();
    if (!workflow.isKnown()) {
      found.accept(
          workflow
              .place()
              .note(
                  "which workflow %s is cannot be told here, so it is not checked",
                  workflow.written()));
      return;
    }
    Optional<Definition> definition = project.definition(workflow.known());
    if (definition.isEmpty()) {
      if (project.complete()) {
        List<String> names = project.definitions().map(Definition::workflow).toList();
        found.accept(
            workflow
                .place()
                .warning(
                    "no file defines the workflow %s, so each start is refused unless another instance loads it%s",
                    Words.quote(workflow.known()),
                    Words.didYouMean(workflow.known(), names, "; name one that there is")));
      }
      return;
    }
    Value completes = starts.completes();
    if (completes != null && completes.isKnown() && !completes.known().isEmpty()) {
      List<String> roots =
          definition.get().tracks().stream().filter(Track::root).map(Track::id).toList();
      if (!roots.contains(completes.known())) {
        found.accept(
            completes
                .place()
                .error(
                    "the workflow %s has no root %s, so each start is refused%s",
                    Words.quote(workflow.known()),
                    Words.quote(completes.known()),
                    Words.didYouMean(
                        completes.known(),
                        roots,
                        "; its roots are " + Spoken.listed(roots, ", "))));
      }
    }
  }
}

package org.trackcoordinator.lint;

import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.trackcoordinator.workflow.Words;

/** A route that waits for work which no workflow has. */
final class HandlersAreUsed implements Check {

  @Override
  public void look(Project project, Consumer<Finding> found) {
    if (!project.complete() || project.routes().isEmpty()) {
      return; // a workflow that was not read may use it
    }
    Set<String> used = project.usedHandlers().collect(Collectors.toCollection(TreeSet::new));
    for (Use.Serves serves : project.routes().get().uses(Use.Serves.class)) {
      Value handler = serves.handler();
      if (handler.isKnown() && !handler.known().isEmpty() && !used.contains(handler.known())) {
        found.accept(
            handler
                .place()
                .warning(
                    "no track of any workflow is for the handler %s, so this route never gets work%s",
                    Words.quote(handler.known()),
                    Words.didYouMean(
                        handler.known(), used, "; remove it, or name it in a workflow")));
      }
    }
  }
}

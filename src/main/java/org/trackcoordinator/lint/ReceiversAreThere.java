package org.trackcoordinator.lint;

import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.trackcoordinator.workflow.Words;

/** Steps that send to a route that is not there: Camel waits for one, and then they fail. */
final class ReceiversAreThere implements Check {

  @Override
  public void look(Project project, Consumer<Finding> found) {
    project
        .routes()
        .filter(Routes::isTaken) // else run has the routes of the jar
        .ifPresent(routes -> look(routes, project.inputsElsewhere(), found));
  }

  private static void look(Routes routes, Set<String> elsewhere, Consumer<Finding> found) {
    Set<String> inputs = new TreeSet<>(elsewhere);
    for (Use use : routes.uses()) {
      if (use instanceof Use.Receives receiver) {
        if (receiver.input() == null) {
          return; // it may be the one that is missed
        }
        inputs.add(receiver.input());
      }
    }
    for (Use.Sends sends : routes.uses(Use.Sends.class)) {
      if (!inputs.contains(sends.input())) {
        found.accept(
            sends
                .place()
                .error(
                    "no route begins with %s, so what is sent there fails%s",
                    Words.quote(sends.input()), Words.didYouMean(sends.input(), inputs, "")));
      }
    }
  }
}

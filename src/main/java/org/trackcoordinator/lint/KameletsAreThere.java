package org.trackcoordinator.lint;

import java.util.function.Consumer;
import org.trackcoordinator.workflow.Words;

/** Routes built from kamelets that are not in the folder: Camel starts none of the others then. */
final class KameletsAreThere implements Check {

  @Override
  public void look(Project project, Consumer<Finding> found) {
    project
        .routes()
        .filter(Routes::isTaken) // else run has the kamelets of the jar
        .ifPresent(
            routes ->
                routes.uses(Use.Misses.class).forEach(missed -> found.accept(finding(missed))));
  }

  private static Finding finding(Use.Misses missed) {
    String name = missed.kamelet();
    return missed
        .place()
        .error(
            "there is no kamelet %s, so run will not start%s",
            Words.quote(name),
            Words.didYouMean(
                name, missed.known(), "; write kamelets/" + name + ".kamelet.yaml in this folder"));
  }
}

package org.trackcoordinator.lint;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Consumer;
import org.trackcoordinator.workflow.Problem;

/** Routes that look as if they were there, but run does not have them. */
final class RoutesAreRead implements Check {

  @Override
  public void look(Project project, Consumer<Finding> found) {
    project.routes().ifPresent(routes -> look(routes, found));
  }

  private static void look(Routes routes, Consumer<Finding> found) {
    for (Problem problem : routes.unreadable()) {
      found.accept(
          new Finding(
              Finding.Severity.ERROR,
              new Problem(
                  problem.file(),
                  problem.line(),
                  problem.column(),
                  problem.path(),
                  "neither run nor these checks can read it: " + problem.message())));
    }
    if (!routes.isTaken()) {
      found.accept(
          routes
              .place()
              .warning(
                  "has no errors.camel.yaml, so run takes the routes of the jar instead of these; copy the whole folder routes and edit that"));
      return;
    }
    Set<Route> notRead = new LinkedHashSet<>();
    routes.uses().stream().map(Use::route).filter(route -> !route.read()).forEach(notRead::add);
    for (Route route : notRead) {
      found.accept(
          route
              .place()
              .warning(
                  "run does not read this file, so the route never runs; move it to tracks/ and let its name end in .camel.yaml"));
    }
    for (Use.Serves serves : routes.uses(Use.Serves.class)) {
      if (!serves.handler().isKnown()) {
        found.accept(
            serves
                .handler()
                .place()
                .note(
                    "which handler %s is cannot be told here, so this route is left out of the checks; set it in application.properties, or give it a default as in {{key:drive}}",
                    serves.handler().written()));
      }
    }
  }
}

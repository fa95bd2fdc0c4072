package org.trackcoordinator.lint;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.trackcoordinator.workflow.Track;

/** Whose work is done by somebody: the one place where that is told. */
final class Served {

  private final Set<String> handlers;
  private final Map<String, Set<String>> completed = new HashMap<>();
  private final Set<String> reported = new HashSet<>();
  private final List<Use.Serves> unknown;

  private Served(Project project, Routes routes) {
    handlers = new TreeSet<>(project.elsewhere());
    List<Use.Serves> serving = routes.uses(Use.Serves.class);
    serving.stream()
        .map(Use.Serves::handler)
        .filter(Value::isKnown)
        .forEach(handler -> handlers.add(handler.known()));
    unknown = serving.stream().filter(use -> !use.handler().isKnown()).toList();
    for (Use.Starts start : routes.uses(Use.Starts.class)) {
      if (start.completes() != null && start.completes().isKnown() && start.workflow().isKnown()) {
        completed
            .computeIfAbsent(start.workflow().known(), workflow -> new HashSet<>())
            .add(start.completes().known());
      }
    }
    for (Use.Reports report : routes.uses(Use.Reports.class)) {
      String event = report.eventType().known();
      if (report.track().isKnown() && (event == null || event.equals("completed"))) {
        reported.add(report.track().known());
      }
    }
  }

  static Served by(Project project, Routes routes) {
    return new Served(project, routes);
  }

  boolean handler(String handler) {
    return handlers.contains(handler);
  }

  /** Also if no worker claims it: a source completes it as it starts the run, or reports it. */
  boolean track(String workflow, Track track) {
    return handlers.contains(track.handler())
        || completed.getOrDefault(workflow, Set.of()).contains(track.id())
        || reported.contains(track.id());
  }

  Set<String> handlers() {
    return handlers;
  }

  /** Routes that serve a handler which only a running instance knows. */
  List<Use.Serves> unknown() {
    return unknown;
  }
}

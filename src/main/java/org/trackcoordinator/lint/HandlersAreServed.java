package org.trackcoordinator.lint;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.trackcoordinator.lint.Finding.Severity;
import org.trackcoordinator.lint.Project.Workflow;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.Dependency;
import org.trackcoordinator.workflow.Track;
import org.trackcoordinator.workflow.Words;

/** Work that nobody claims: the run waits, and what comes after never begins. */
final class HandlersAreServed implements Check {

  private static final String REMEDY =
      "add a route from kamelet:track-source with this handler, or name it in --served-elsewhere";

  private static final Map<String, String> ENDS =
      Map.of(
          "completed", "is completed",
          "failed", "has failed",
          "cancelled", "is cancelled",
          "timed_out", "has timed out");

  @Override
  public void look(Project project, Consumer<Finding> found) {
    project
        .routes()
        .ifPresent(
            routes -> {
              Served served = Served.by(project, routes);
              project
                  .asked()
                  .forEach(workflow -> new OfWorkflow(workflow, served, routes, found).look());
            });
  }

  private static final class OfWorkflow {

    private final Definition definition;
    private final boolean loaded;
    private final Served served;
    private final Routes routes;
    private final WorkflowPlaces places;
    private final Consumer<Finding> found;

    OfWorkflow(Workflow workflow, Served served, Routes routes, Consumer<Finding> found) {
      this.definition = workflow.definition();
      this.loaded = workflow.loaded();
      this.served = served;
      this.routes = routes;
      this.places = WorkflowPlaces.of(definition);
      this.found = found;
    }

    void look() {
      Map<String, List<Track>> unserved = new LinkedHashMap<>();
      int all = 0;
      for (Track track : definition.tracks()) {
        if (!served.track(definition.workflow(), track)) {
          unserved.computeIfAbsent(track.handler(), handler -> new ArrayList<>()).add(track);
          all++;
        }
      }
      if (all == definition.tracks().size() && !loaded) {
        isNotMeantForTheseRoutes(List.copyOf(unserved.keySet()));
        return;
      }
      unserved.forEach(this::unserved);
      definition.on().forEach(this::atRunEnd);
    }

    /** A file for somebody else's routes is no fault, and no reason to list all its tracks. */
    private void isNotMeantForTheseRoutes(List<String> handlers) {
      found.accept(
          places
              .at("workflow")
              .warning(
                  "the routes in %s serve none of its handlers (%s); if it is meant for others, set TRACKS_ROUTES to their folder, or name the handlers in --served-elsewhere",
                  routes.folder(), Spoken.listed(handlers, ", ")));
    }

    private void unserved(String handler, List<Track> tracks) {
      Track first = tracks.get(0);
      String many = tracks.size() == 1 ? "" : " (of " + tracks.size() + " tracks)";
      String message =
          "nobody serves the handler %s%s: %s%s; %s"
              .formatted(
                  Words.quote(handler),
                  many,
                  wait(first),
                  neverBegin(first),
                  remedy(handler) + orBySource(first));
      found.accept(places.at("tracks", first.id(), "handler").finding(severity(), "%s", message));
    }

    private void atRunEnd(String state, String handler) {
      if (!served.handler(handler)) {
        String message =
            "nobody serves the handler %s, so nothing follows when a run %s; %s"
                .formatted(Words.quote(handler), ENDS.get(state), remedy(handler));
        found.accept(places.at("on", state).finding(severity(), "%s", message));
      }
    }

    private Severity severity() {
      return served.unknown().isEmpty() ? Severity.ERROR : Severity.WARNING;
    }

    private String wait(Track track) {
      if (track.policy().triggerTimeout() != null) {
        return "it times out after " + Spoken.of(track.policy().triggerTimeout());
      }
      return definition.deadline() == null
          ? "a run waits for it for ever"
          : "a run waits for it until its deadline";
    }

    /** What can't begin without this track, whatever else happens. */
    private String neverBegin(Track track) {
      if (track.policy().triggerTimeout() != null) {
        return ""; // it fails, and what follows is up to onFailure
      }
      Set<String> dead = new HashSet<>(Set.of(track.id()));
      List<String> after = new ArrayList<>();
      for (Track other : definition.tracks()) {
        boolean waits =
            other.dependencies().stream().map(Dependency::track).anyMatch(dead::contains)
                || (other.fallbackOf() != null && dead.contains(other.fallbackOf()));
        if (waits) {
          dead.add(other.id());
          after.add(Words.shorten(other.id()));
        }
      }
      return after.isEmpty() ? "" : ", and never begins " + Spoken.listed(after, ", ");
    }

    /** The work of a root may be the poll that found the payload. */
    private String orBySource(Track track) {
      return track.root() && served.unknown().isEmpty()
          ? ", or let the route that starts the run complete it: completes: " + track.id()
          : "";
    }

    private String remedy(String handler) {
      if (!served.unknown().isEmpty()) {
        Use.Serves unknown = served.unknown().get(0);
        return "unless %s does, whose handler %s is not known here"
            .formatted(unknown.route().shown(), unknown.handler().written());
      }
      String notRead =
          routes.uses().stream()
              .filter(
                  use ->
                      use instanceof Use.Serves serves && handler.equals(serves.handler().known()))
              .map(use -> use.route().shown() + " would, but run does not read its file")
              .findFirst()
              .orElse(null);
      if (notRead != null) {
        return notRead;
      }
      String near = Words.didYouMean(handler, served.handlers(), "").replaceFirst("^, ", "");
      return (near.isEmpty() ? "" : near + " Else ") + REMEDY;
    }
  }
}

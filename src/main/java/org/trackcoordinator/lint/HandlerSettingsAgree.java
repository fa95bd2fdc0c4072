package org.trackcoordinator.lint;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import org.trackcoordinator.lint.Project.Workflow;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.Track;
import org.trackcoordinator.workflow.Words;

/**
 * What belongs to a handler, said differently by two workflows: the one that was loaded last
 * decides for the runs of both.
 */
final class HandlerSettingsAgree implements Check {

  /** The first track of a handler speaks for its workflow: within one, all tracks agree. */
  private record Said(Definition definition, Track track, WorkflowPlaces places) {}

  @Override
  public void look(Project project, Consumer<Finding> found) {
    Map<String, Said> firsts = new HashMap<>();
    List<Workflow> askedLast =
        project.workflows().stream().sorted(Comparator.comparing(Workflow::asked)).toList();
    for (Workflow workflow : askedLast) {
      Definition definition = workflow.definition();
      WorkflowPlaces places = WorkflowPlaces.of(definition);
      Map<String, Said> own = new HashMap<>();
      for (Track track : definition.tracks()) {
        own.putIfAbsent(track.handler(), new Said(definition, track, places));
      }
      own.forEach(
          (handler, said) -> {
            Said first = firsts.putIfAbsent(handler, said);
            if (first != null && workflow.asked()) {
              compare("circuit", first, said, Track::circuit, found);
              compare("maxConcurrent", first, said, t -> t.policy().maxConcurrent(), found);
              compare("rate", first, said, t -> t.policy().rate(), found);
            }
          });
    }
  }

  private static void compare(
      String name,
      Said first,
      Said second,
      Function<Track, Object> setting,
      Consumer<Finding> found) {
    Object before = setting.apply(first.track());
    Object now = setting.apply(second.track());
    if (!Objects.equals(before, now)) {
      Place other = place(first, name);
      found.accept(
          place(second, name)
              .warning(
                  "the handler %s has %s here, but %s in %s: whichever file is loaded last decides for the runs of both; give both the same",
                  Words.quote(second.track().handler()),
                  spoken(name, now),
                  spoken(name, before),
                  other.shown()));
    }
  }

  /** Where a track of this handler says it, else its first track. */
  private static Place place(Said said, String name) {
    return said.definition().tracks().stream()
        .filter(track -> track.handler().equals(said.track().handler()))
        .map(track -> said.places().at("tracks", track.id(), name))
        .filter(place -> place.path().endsWith("." + name))
        .findFirst()
        .orElseGet(() -> said.places().at("tracks", said.track().id()));
  }

  private static String spoken(String name, Object value) {
    return value == null ? "no " + name : name + " " + value;
  }
}

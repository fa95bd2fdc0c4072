package org.trackcoordinator.lint;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.Dependency;
import org.trackcoordinator.workflow.On;
import org.trackcoordinator.workflow.Track;
import org.trackcoordinator.workflow.Words;

/** Tracks that may take longer, one attempt each, than their run may. */
final class TimeoutsFitDeadline implements Check {

  @Override
  public void look(Project project, Consumer<Finding> found) {
    project
        .asked()
        .map(Project.Workflow::definition)
        .filter(definition -> definition.deadline() != null)
        .forEach(definition -> look(definition, found));
  }

  private static void look(Definition definition, Consumer<Finding> found) {
    List<Track> longer =
        definition.tracks().stream()
            .filter(track -> timeout(track).compareTo(definition.deadline()) > 0)
            .toList();
    if (longer.isEmpty()) {
      paths(definition, found);
      return;
    }
    WorkflowPlaces places = WorkflowPlaces.of(definition);
    longer.stream()
        .map(track -> alone(definition, track, places))
        .distinct() // defaults speak for many tracks
        .forEach(found);
  }

  private static Finding alone(Definition definition, Track track, WorkflowPlaces places) {
    return places
        .setting(track.id(), "timeout")
        .warning(
            "the timeout %s can never be reached: the deadline ends the whole run after %s; lower it, or raise the deadline",
            Spoken.of(timeout(track)), Spoken.of(definition.deadline()));
  }

  /** The longest way from a root, by the time that each attempt on it may take. */
  private static void paths(Definition definition, Consumer<Finding> found) {
    Map<String, Duration> begin = new HashMap<>();
    Map<String, Track> previous = new HashMap<>();
    Map<String, Track> tracks = new HashMap<>();
    Track last = null;
    for (Track track : definition.tracks()) { // what a track waits for comes before it
      tracks.put(track.id(), track);
      begin.put(track.id(), Duration.ZERO);
      for (Dependency dependency : track.dependencies()) {
        Track upstream = tracks.get(dependency.track());
        Duration after = begin.get(upstream.id());
        if (dependency.on() == On.COMPLETED) { // data may be ready at once
          after = after.plus(timeout(upstream));
        }
        if (!previous.containsKey(track.id()) || after.compareTo(begin.get(track.id())) > 0) {
          begin.put(track.id(), after);
          previous.put(track.id(), upstream);
        }
      }
      if (last == null || end(begin, track).compareTo(end(begin, last)) > 0) {
        last = track;
      }
    }
    if (end(begin, last).compareTo(definition.deadline()) > 0) {
      found.accept(
          WorkflowPlaces.of(definition)
              .at("deadline")
              .warning(
                  "the timeouts of %s add up to %s, one attempt each, but the deadline is %s; lower them, or raise the deadline",
                  Spoken.listed(path(last, previous), " → "),
                  Spoken.of(end(begin, last)),
                  Spoken.of(definition.deadline())));
    }
  }

  private static List<String> path(Track last, Map<String, Track> previous) {
    Deque<String> path = new ArrayDeque<>();
    for (Track track = last; track != null; track = previous.get(track.id())) {
      Duration timeout = track.policy().timeout();
      path.addFirst(
          "%s (%s)"
              .formatted(Words.shorten(track.id()), timeout == null ? "none" : Spoken.of(timeout)));
    }
    return new ArrayList<>(path);
  }

  private static Duration end(Map<String, Duration> begin, Track track) {
    return begin.get(track.id()).plus(timeout(track));
  }

  /** Of what has no limit nothing can be said. */
  private static Duration timeout(Track track) {
    return track.policy().timeout() == null ? Duration.ZERO : track.policy().timeout();
  }
}

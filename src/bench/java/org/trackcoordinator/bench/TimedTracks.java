package org.trackcoordinator.bench;

import java.util.List;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;

/** Tracks that do nothing and tell when their first step begins and their last one ends. */
final class TimedTracks extends RouteBuilder {

  private final List<List<String>> sequences;
  private final HopTimes times;

  /**
   * @param sequences of tracks that follow one another
   */
  TimedTracks(List<List<String>> sequences, HopTimes times) {
    this.sequences = sequences;
    this.times = times;
  }

  @Override
  public void configure() {
    sequences.forEach(this::add);
  }

  private void add(List<String> tracks) {
    for (int index = 0; index < tracks.size(); index++) {
      String track = tracks.get(index);
      String next = index + 1 < tracks.size() ? tracks.get(index + 1) : null;
      var route =
          from("kamelet:track-source/source-of-%s?handler=%s".formatted(track, track))
              .routeId(track)
              .process(work -> times.arrived(hop(work, track)))
              .setBody(constant(Payload.JSON));
      if (next != null) {
        route.process(work -> times.left(hop(work, next), System.nanoTime()));
      }
    }
  }

  /** The hop that leads a run to a track. */
  static String hop(String run, String track) {
    return run + "/" + track;
  }

  private static String hop(Exchange work, String track) {
    return hop(work.getMessage().getHeader("trackCorrelationId", String.class), track);
  }
}

package org.trackcoordinator.lint;

import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.trackcoordinator.workflow.Track;
import org.trackcoordinator.workflow.Words;

/** Events of a track that no workflow has: each ends in quarantine. */
final class ReportedTracksAreKnown implements Check {

  @Override
  public void look(Project project, Consumer<Finding> found) {
    if (!project.complete() || project.routes().isEmpty()) {
      return;
    }
    Set<String> tracks =
        project
            .definitions()
            .flatMap(definition -> definition.tracks().stream())
            .map(Track::id)
            .collect(Collectors.toCollection(TreeSet::new));
    for (Use.Reports reports : project.routes().get().uses(Use.Reports.class)) {
      Value track = reports.track();
      if (track.isKnown() && !tracks.contains(track.known())) {
        found.accept(
            track
                .place()
                .warning(
                    "no workflow has the track %s, so its events are quarantined%s",
                    Words.quote(track.known()),
                    Words.didYouMean(track.known(), tracks, "; name one that there is")));
      }
    }
  }
}

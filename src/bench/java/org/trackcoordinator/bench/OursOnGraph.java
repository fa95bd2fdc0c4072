package org.trackcoordinator.bench;

import java.util.Collection;
import org.trackcoordinator.workflow.Definition;

/** The coordinator and Camel routes as workers, in this process. */
final class OursOnGraph implements Candidate {

  private final Bed bed;
  private final String name;
  private final int definition;
  private final int tracks;
  private final Collection<String> handlers;
  private final int runs;
  private final String options;

  /**
   * @param runs of a round
   * @param options of the workers' kamelet
   */
  OursOnGraph(Bed bed, String name, Definition graph, int runs, String options) {
    this.bed = bed;
    this.name = name;
    this.definition = bed.ground().store(graph);
    this.tracks = graph.tracks().size();
    this.handlers = Workflows.handlers(graph);
    this.runs = runs;
    this.options = options;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Bed bed() {
    return bed;
  }

  @Override
  public Round prepare() throws Exception {
    Ours ours = Ours.start(bed.database().url(), new NoOps(handlers, options));
    Ours.awaitAsleep(bed.ground().sql());
    return Runs.enqueue(bed, definition, tracks, runs, ours, () -> {});
  }
}

package org.trackcoordinator.bench;

import java.io.IOException;
import java.util.List;

/** The chain of four by some instances, each in a process of its own. */
final class OnInstances implements Candidate {

  private final Bed bed;
  private final List<InstanceProcess> instances;
  private final int definition;
  private final int runs;

  OnInstances(Bed bed, List<InstanceProcess> instances, int runs) {
    this.bed = bed;
    this.instances = instances;
    this.definition = bed.ground().store(Workflows.chain());
    this.runs = runs;
  }

  /** Its row, for so many instances. */
  static String name(int instances) {
    return instances == 1 ? "1 instance" : instances + " instances";
  }

  @Override
  public String name() {
    return name(instances.size());
  }

  @Override
  public Bed bed() {
    return bed;
  }

  @Override
  public Round prepare() throws Exception {
    for (InstanceProcess instance : instances) {
      instance.start();
    }
    awaitDone();
    Ours.awaitAsleep(bed.ground().sql());
    return Runs.enqueue(bed, definition, Workflows.CHAIN.size(), runs, this::stop, () -> {});
  }

  private void stop() throws IOException {
    for (InstanceProcess instance : instances) {
      instance.stop();
    }
    awaitDone();
  }

  private void awaitDone() throws IOException {
    for (InstanceProcess instance : instances) {
      instance.awaitDone();
    }
  }
}

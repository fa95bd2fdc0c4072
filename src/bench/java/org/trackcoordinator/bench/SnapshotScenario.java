package org.trackcoordinator.bench;

import java.util.List;

/** {@code snapshot}: what a snapshot costs that somebody holds. */
final class SnapshotScenario implements Scenario {

  @Override
  public String name() {
    return "snapshot";
  }

  @Override
  public String question() {
    return "A longer chain of runs while another session holds a snapshot, so that queues can't be cleaned up, and without.";
  }

  @Override
  public Outcome measure(Bed bed) throws Exception {
    Candidate without =
        new OursOnGraph(bed, "without", Workflows.chain(), bed.plan().of(20_000), "");
    Candidate held = new HeldSnapshot(without, "snapshot held");
    return new Outcome()
        .add(new Interleaved(bed.plan().rounds(), List.of(without, held)).run())
        .compare(new Target("snapshot held", "without", 0.95));
  }
}

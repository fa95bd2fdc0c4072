package org.trackcoordinator.bench;

import java.util.ArrayList;
import java.util.List;

/** {@code instances}: several instances beside one another. */
final class InstancesScenario implements Scenario {

  private static final List<Integer> COUNTS = List.of(1, 2, 4);
  private static final int MOST = 4;

  @Override
  public String name() {
    return "instances";
  }

  @Override
  public String question() {
    return "The chain of four by 1, 2 and 4 instances in processes of their own, workers in each.";
  }

  @Override
  public Outcome measure(Bed bed) throws Exception {
    List<InstanceProcess> instances = new ArrayList<>();
    try {
      for (int index = 0; index < MOST; index++) {
        instances.add(new InstanceProcess(bed.database().url()));
      }
      bed.meter().alsoCount(() -> instances.stream().mapToLong(InstanceProcess::cpuMicros).sum());
      List<Candidate> candidates = new ArrayList<>();
      for (int count : COUNTS) {
        candidates.add(new OnInstances(bed, instances.subList(0, count), bed.plan().of(10_000)));
      }
      Outcome outcome = new Outcome().add(new Interleaved(bed.plan().rounds(), candidates).run());
      for (int count : COUNTS.subList(1, COUNTS.size())) {
        outcome.compare(new Target(OnInstances.name(count), OnInstances.name(1), 1.0));
      }
      return outcome;
    } finally {
      bed.meter().alsoCount(() -> 0);
      for (InstanceProcess instance : instances) {
        instance.close();
      }
    }
  }
}

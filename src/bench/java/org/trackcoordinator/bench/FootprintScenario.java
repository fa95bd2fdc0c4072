package org.trackcoordinator.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@code footprint}: the packaged program, as it is started, and with nothing to do. */
final class FootprintScenario implements Scenario {

  private static final int STARTS = 3;
  private static final long IDLE_MILLIS = 10_000;
  private static final double SECONDS_TO_READY = 5;
  private static final double MEBIBYTES_IDLE = 300;

  @Override
  public String name() {
    return "footprint";
  }

  @Override
  public String question() {
    return "java -jar track-coordinator.jar run on its embedded database, which is there already: until it coordinates, and its memory after 10 s without work.";
  }

  @Override
  public Outcome measure(Bed bed) throws Exception {
    if (!Files.exists(PackagedProgram.JAR)) {
      return new Outcome().note("Not measured: mvn package has not made the jar yet.");
    }
    Path folder = Folders.create();
    try {
      PackagedProgram.layOut(folder);
      PackagedProgram.start(folder).close(); // makes the database
      List<Double> seconds = new ArrayList<>();
      List<Double> mebibytes = new ArrayList<>();
      for (int round = 0; round < Math.min(STARTS, bed.plan().rounds()); round++) {
        try (PackagedProgram program = PackagedProgram.start(folder)) {
          seconds.add(program.secondsToReady());
          Thread.sleep(IDLE_MILLIS);
          mebibytes.add(program.residentMebibytes());
        }
      }
      return new Outcome()
          .add(figure("ready, median", Spread.of(seconds).median(), "s", SECONDS_TO_READY))
          .add(figure("ready, slowest", Spread.of(seconds).max(), "s", null))
          .add(figure("resident, median", Spread.of(mebibytes).median(), "MiB", MEBIBYTES_IDLE))
          .add(figure("resident, most", Spread.of(mebibytes).max(), "MiB", null));
    } finally {
      Folders.delete(folder);
    }
  }

  private static Outcome.Figure figure(String name, double value, String unit, Double atMost) {
    return new Outcome.Figure(name, value, unit, atMost);
  }
}

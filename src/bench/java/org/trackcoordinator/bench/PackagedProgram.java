package org.trackcoordinator.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** {@code java -jar track-coordinator.jar run} in a folder of its own. */
final class PackagedProgram implements AutoCloseable {

  /** What is measured. */
  static final Path JAR = Path.of("target", "track-coordinator.jar").toAbsolutePath();

  private static final String READY = "Coordinating [";

  private static final String WORKFLOW =
      """
      workflow: footprint
      tracks: {upload: {}}
      """;

  private static final String TRACK =
      """
      - route:
          id: upload
          description: A track that does nothing.
          from:
            uri: kamelet:track-source
            parameters:
              handler: upload
            steps:
              - setBody:
                  expression:
                    constant:
                      expression: '{"uploaded": true}'
      """;

  private final Process process;
  private final double secondsToReady;

  private PackagedProgram(Process process, double secondsToReady) {
    this.process = process;
    this.secondsToReady = secondsToReady;
  }

  /** Lays out the project's routes with a track instead of the samples, and its workflow. */
  static void layOut(Path folder) throws IOException {
    for (String part : new String[] {"", "coordinator", "maintenance", "kamelets", "sql"}) {
      Path from = Path.of("routes").resolve(part);
      Path to = Files.createDirectories(folder.resolve(from));
      try (Stream<Path> files = Files.list(from)) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          Files.copy(file, to.resolve(file.getFileName()));
        }
      }
    }
    write(folder.resolve("routes/workflows/footprint.yaml"), WORKFLOW);
    write(folder.resolve("routes/tracks/upload.camel.yaml"), TRACK);
  }

  private static void write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  /** Starts it and returns when it says that it coordinates. */
  static PackagedProgram start(Path folder) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-jar",
                JAR.toString(),
                "run")
            .directory(folder.toFile())
            .redirectErrorStream(true);
    builder.environment().keySet().removeIf(name -> name.startsWith("TRACKS_"));
    builder.environment().put("TRACKS_MANAGEMENT_PORT", "0");
    long begun = System.nanoTime();
    Process process = builder.start();
    BufferedReader output =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    StringBuilder all = new StringBuilder();
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      all.append(line).append('\n');
      if (line.contains(READY)) {
        return new PackagedProgram(process, (System.nanoTime() - begun) / 1e9);
      }
    }
    throw new IllegalStateException("it ended before it coordinated:\n" + all);
  }

  double secondsToReady() {
    return secondsToReady;
  }

  /** Its resident memory in MiB; NaN where /proc does not tell. */
  double residentMebibytes() throws IOException {
    return Machine.residentMebibytes(process.pid());
  }

  /** SIGTERM; it stops its database, too. */
  @Override
  public void close() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      throw new IllegalStateException("SIGTERM does not end process " + process.pid());
    }
  }
}

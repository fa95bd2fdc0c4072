package org.trackcoordinator.coordinator;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.core.ConditionTimeoutException;
import org.trackcoordinator.testing.ChildJvm;

/** A Java process of a test, with what it wrote; killed at the latest when it is closed. */
public final class ChildProcess implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Process process;
  private final Path output;

  private ChildProcess(Process process, Path output) {
    this.process = process;
    this.output = output;
  }

  /** Starts a {@link WorkingCoordinator} and returns when all its routes are started. */
  static ChildProcess coordinator(
      Path directory, String url, String lease, long workMillis, Duration shutdownTimeout)
      throws IOException {
    return failingCoordinator(directory, url, lease, workMillis, shutdownTimeout, 0);
  }

  /** Starts one of whose attempts so many of 100 fail. */
  static ChildProcess failingCoordinator(
      Path directory,
      String url,
      String lease,
      long workMillis,
      Duration shutdownTimeout,
      int failing)
      throws IOException {
    return start(
            directory,
            Path.of(""),
            Map.of(
                "TRACKS_DATABASE_URL",
                url,
                "TRACKS_SHUTDOWN_TIMEOUT",
                shutdownTimeout.toSeconds() + "s",
                "CIRCUIT_WAIT",
                "200ms"),
            "--add-opens=java.base/java.lang=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            WorkingCoordinator.class.getName(),
            directory.toString(),
            lease,
            Long.toString(workMillis),
            Integer.toString(failing))
        .awaitOutput("ready");
  }

  /**
   * Starts a JVM.
   *
   * @param logs where its output goes, a new file
   * @param workingDirectory of the process
   * @param environment beside the one of this process, whose TRACKS_ variables it does not get
   */
  public static ChildProcess start(
      Path logs, Path workingDirectory, Map<String, String> environment, String... arguments)
      throws IOException {
    List<String> command = ChildJvm.command("-Xmx256m");
    command.addAll(List.of(arguments));
    Path output = Files.createTempFile(logs, "process-", ".log");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(workingDirectory.toAbsolutePath().toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("TRACKS_"));
    builder.environment().putAll(environment);
    return new ChildProcess(builder.start(), output);
  }

  /** Returns when it has written this, or fails with all that it wrote. */
  public ChildProcess awaitOutput(String text) {
    try {
      await(text)
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(50))
          .conditionEvaluationListener(
              condition -> {
                if (!process.isAlive()) {
                  throw new AssertionError("the process ended: " + output());
                }
              })
          .until(() -> output().contains(text));
    } catch (ConditionTimeoutException e) {
      throw new AssertionError(
          "it did not write \"" + text + "\" but: " + output() + "\n" + threads(), e);
    }
    return this;
  }

  /** All that it wrote so far. */
  public String output() {
    try {
      return Files.readString(output, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All lines that it wrote so far. */
  List<String> lines() {
    return output().lines().toList();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** {@code kill -9} */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** {@code kill -STOP}: it does nothing until it is continued, and does not notice. */
  void stop() throws IOException, InterruptedException {
    signal("STOP");
  }

  /** {@code kill -CONT} */
  void goOn() throws IOException, InterruptedException {
    signal("CONT");
  }

  private void signal(String name) throws IOException, InterruptedException {
    int code =
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
            .inheritIO()
            .start()
            .waitFor();
    if (code != 0) {
      throw new AssertionError("kill -" + name + " answers " + code);
    }
  }

  /** SIGTERM; returns how long the process took to end. */
  Duration terminate() throws InterruptedException {
    long begun = System.nanoTime();
    process.destroy();
    if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionError("SIGTERM does not end it: " + output() + "\n" + threads());
    }
    return Duration.ofNanos(System.nanoTime() - begun);
  }

  /** What its threads do, for a failure that can't be repeated at will. */
  String threads() {
    String jstack = Path.of(System.getProperty("java.home"), "bin", "jstack").toString();
    try {
      Process dump =
          new ProcessBuilder(jstack, Long.toString(process.pid()))
              .redirectErrorStream(true)
              .start();
      return new String(dump.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "no thread dump: " + e.getMessage();
    }
  }

  int exitCode() {
    return process.exitValue();
  }

  @Override
  public void close() throws InterruptedException {
    kill();
  }
}

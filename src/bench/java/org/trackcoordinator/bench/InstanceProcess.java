package org.trackcoordinator.bench;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** An {@link Instance}, seen from its parent. */
final class InstanceProcess implements AutoCloseable {

  private final Process process;
  private final BufferedReader answers;
  private final BufferedWriter commands;

  InstanceProcess(String url) throws IOException {
    process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-Dlogback.configurationFile=logback-bench.xml",
                "-cp",
                System.getProperty("java.class.path"),
                Instance.class.getName(),
                url)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    answers = process.inputReader();
    commands = process.outputWriter();
  }

  /** Starts its coordinator; {@link #awaitDone} tells when it is there. */
  void start() throws IOException {
    tell("start");
  }

  /** Stops its coordinator. */
  void stop() throws IOException {
    tell("stop");
  }

  /** Returns when what it was told last is done. */
  void awaitDone() throws IOException {
    if (answers.readLine() == null) {
      throw new IllegalStateException("the instance ended");
    }
  }

  long cpuMicros() {
    return process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos() / 1000;
  }

  /** Its resident memory in MiB; NaN where /proc does not tell. */
  double residentMebibytes() throws IOException {
    return Machine.residentMebibytes(process.pid());
  }

  private void tell(String command) throws IOException {
    commands.write(command);
    commands.newLine();
    commands.flush();
  }

  @Override
  public void close() throws IOException, InterruptedException {
    commands.close();
    if (!process.waitFor(30, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
  }
}

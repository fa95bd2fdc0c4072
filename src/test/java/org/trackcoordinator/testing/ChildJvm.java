package org.trackcoordinator.testing;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How tests start a JVM of their own, which lives for seconds. */
public final class ChildJvm {

  private ChildJvm() {}

  /**
   * The command of the JDK that runs the tests, followed by these arguments. It compiles quickly
   * rather than well, and does not verify what javac wrote: most of what such a process costs is
   * its start.
   */
  public static List<String> command(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.addAll(List.of("-XX:+UnlockDiagnosticVMOptions", "-XX:-BytecodeVerificationRemote"));
    command.addAll(List.of(arguments));
    return command;
  }
}

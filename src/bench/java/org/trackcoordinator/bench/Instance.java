package org.trackcoordinator.bench;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/**
 * A process with a coordinator and workers for the chain of four, which its parent tells when to
 * {@code start} and {@code stop}: it stays warm in between. It ends with its standard input.
 */
public final class Instance {

  private Instance() {}

  /**
   * @param arguments the JDBC URL
   */
  public static void main(String[] arguments) throws Exception {
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    Ours ours = null;
    for (String command = commands.readLine(); command != null; command = commands.readLine()) {
      if (ours != null) {
        ours.close();
        ours = null;
      }
      if (command.equals("start")) {
        ours = Ours.start(arguments[0], new NoOps(Workflows.CHAIN, ""));
      }
      System.out.println(command);
    }
    System.exit(0);
  }
}

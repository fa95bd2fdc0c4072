package org.trackcoordinator.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import picocli.CommandLine.Option;

/** Options that say who does something, and why. */
final class Author {

  @Option(
      names = "--who",
      paramLabel = "NAME",
      description = "Who does it; the user of this computer by default.")
  private String who = System.getProperty("user.name");

  @Option(names = "--why", paramLabel = "TEXT", description = "Why, for who reads it later.")
  private String why;

  /** Adds both to the argument of an operation. */
  ObjectNode signed(ObjectNode argument) {
    return argument.put("who", who).put("why", why);
  }
}

package org.trackcoordinator.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.UUID;
import org.trackcoordinator.operations.Json;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** Options that say what is held or released: one of a handler, a run or a track of it, a user. */
final class Subject {

  @Option(
      names = "--handler",
      required = true,
      paramLabel = "HANDLER",
      description = "All work of this handler.")
  private String handler;

  @ArgGroup(exclusive = false, multiplicity = "1")
  private Run run;

  @Option(
      names = "--user",
      required = true,
      paramLabel = "USER",
      description = "All runs of this user.")
  private String user;

  private static final class Run {
    @Option(
        names = "--run",
        required = true,
        paramLabel = "CORRELATION_ID",
        description = "This run.")
    private UUID correlationId;

    @Option(names = "--track", paramLabel = "TRACK", description = "Only this track of it.")
    private String track;
  }

  ObjectNode argument() {
    ObjectNode argument = Json.object().put("handler", handler).put("userId", user);
    return run == null
        ? argument
        : argument.put("correlationId", run.correlationId.toString()).put("trackId", run.track);
  }

  /** At the beginning of a sentence. */
  @Override
  public String toString() {
    if (handler != null) {
      return "Handler " + handler;
    } else if (user != null) {
      return "User " + user;
    }
    return run.track == null
        ? "Run " + run.correlationId
        : "Track %s of run %s".formatted(run.track, run.correlationId);
  }
}

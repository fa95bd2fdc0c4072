package org.trackcoordinator.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.trackcoordinator.database.Database;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "why",
    description = "Say why a run, or one of its tracks, is where it is, and what would change it.")
final class WhyCommand implements Subcommand {

  @ParentCommand private TrackCoordinator program;

  @Parameters(index = "0", paramLabel = "CORRELATION_ID", description = "The run's correlation id.")
  private UUID correlationId;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "TRACK",
      description = "One of its tracks; default: all that stand in the run's way.")
  private String track;

  @Option(names = "--json", description = "Print one JSON object per track.")
  private boolean json;

  @Override
  public Integer call() {
    try (Database database = program.existingDatabase()) {
      List<Reason> reasons =
          SchemaQueries.ask(database, connection -> Reason.read(connection, correlationId, track));
      for (Reason reason : reasons) {
        if (json) {
          JsonLines.print(object(reason), program.out());
        } else {
          program.out().println(reason.sentence());
          hints(reason).forEach((what, hint) -> program.out().printf("  %s: %s%n", what, hint));
        }
      }
      program.out().flush();
      return 0;
    }
  }

  private static Map<String, String> hints(Reason reason) {
    Map<String, String> hints = new LinkedHashMap<>();
    hints.put("reason", reason.code());
    hints.put("unblocked by", reason.unblockedBy());
    hints.put("not before", reason.earliestAt() == null ? null : reason.earliestAt().toString());
    hints.values().removeIf(hint -> hint == null);
    return hints;
  }

  private static Map<String, Object> object(Reason reason) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("trackId", reason.trackId());
    object.put("state", reason.state());
    object.put("reason", reason.code());
    object.put("sentence", reason.sentence());
    object.put("missing", reason.missing());
    object.put("unblockedBy", reason.unblockedBy());
    object.put("earliestAt", reason.earliestAt() == null ? null : reason.earliestAt().toString());
    return object;
  }
}

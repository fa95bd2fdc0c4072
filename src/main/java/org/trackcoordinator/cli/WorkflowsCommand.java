package org.trackcoordinator.cli;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.trackcoordinator.operations.Operations;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "workflows",
    description = "Show the definitions of each workflow, and how many runs hold them.")
final class WorkflowsCommand extends OperationCommand {

  private static final int SHORT_HASH = 8;

  @Option(names = "--json", description = "Print one JSON object per definition.")
  private boolean json;

  @Override
  int call(Operations operations) {
    List<DefinitionVersion> versions = DefinitionVersion.readAll(operations, null);
    if (json) {
      versions.forEach(version -> JsonLines.print(object(version), out()));
    } else {
      print(versions);
    }
    return 0;
  }

  private void print(List<DefinitionVersion> versions) {
    Table table =
        new Table(
                "workflow",
                "definition",
                "state",
                "tracks",
                "running",
                "finished",
                Answers.timeTitle("since"),
                "by",
                "oldest run")
            .right("tracks", "running", "finished");
    for (DefinitionVersion version : versions) {
      boolean retired = version.retiredAt() != null;
      Instant since =
          retired
              ? version.retiredAt()
              : version.current() ? version.loadedAt() : version.createdAt();
      table.row(
          version.workflow(),
          version.hash().substring(0, SHORT_HASH),
          state(version),
          version.tracks(),
          version.running(),
          version.finished(),
          Answers.shownTime(since),
          retired ? version.retiredBy() : version.loadedBy(),
          version.oldestRunning());
    }
    table.print(out());
  }

  private static String state(DefinitionVersion version) {
    String state = version.current() ? "current" : "replaced";
    return version.retiredAt() == null ? state : state + ", retired";
  }

  private static Map<String, Object> object(DefinitionVersion version) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("workflow", version.workflow());
    object.put("hash", version.hash());
    object.put("current", version.current());
    object.put("loadedBy", version.loadedBy());
    object.put("loadedAt", text(version.loadedAt()));
    object.put("createdAt", text(version.createdAt()));
    object.put("retiredAt", text(version.retiredAt()));
    object.put("retiredBy", version.retiredBy());
    object.put("tracks", version.tracks());
    object.put("running", version.running());
    object.put("finished", version.finished());
    object.put("oldestRunning", version.oldestRunning());
    object.put("oldestRunningAt", text(version.oldestRunningAt()));
    return object;
  }

  private static String text(Instant time) {
    return time == null ? null : time.toString();
  }
}

package org.trackcoordinator.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.List;
import org.trackcoordinator.operations.Json;
import org.trackcoordinator.operations.Operation;
import org.trackcoordinator.operations.Operations;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

@Command(name = "runs", description = "List runs, the newest first.")
final class RunsCommand extends OperationCommand {

  private static final int LARGEST_PAGE = 1000;

  @Option(names = "--workflow", paramLabel = "W", description = "Only runs of this workflow.")
  private String workflow;

  @Option(
      names = "--state",
      paramLabel = "S",
      completionCandidates = States.class,
      description = "Only runs in this state: ${COMPLETION-CANDIDATES}.")
  private String state;

  @Option(names = "--user", paramLabel = "USER", description = "Only runs of this user.")
  private String user;

  @ArgGroup private HowMany howMany = new HowMany();

  @Option(names = "--json", description = "Print one JSON object per run.")
  private boolean json;

  private static final class HowMany {
    @Option(names = "--limit", paramLabel = "N", description = "So many at most; 100 by default.")
    private long limit = 100;

    @Option(names = "--all", description = "All of them, however many there are.")
    private boolean all;
  }

  private static final class States extends java.util.ArrayList<String> {
    States() {
      super(List.of("running", "completed", "failed", "cancelled", "timed_out"));
    }
  }

  @Override
  void check() {
    if (howMany.limit < 1) {
      throw new ParameterException(
          spec().commandLine(), "--limit must be at least 1, not " + howMany.limit);
    }
  }

  @Override
  int call(Operations operations) {
    Table table = table();
    long left = howMany.all ? Long.MAX_VALUE : howMany.limit;
    boolean any = false;
    String next = null;
    do {
      JsonNode page = operations.call(Operation.LIST_RUNS, argument(left, next));
      for (JsonNode run : page.path("runs")) {
        any = true;
        left--;
        if (json) {
          give(object(run));
        } else {
          add(table, run);
        }
      }
      if (any && !json) {
        table.print(out());
      }
      next = page.path("next").textValue();
    } while (next != null && left > 0);
    if (!any && !json) {
      say("There are no such runs.");
    } else if (next != null) {
      program().err().println("There are more; --limit N or --all shows them.");
      program().err().flush();
    }
    return 0;
  }

  private ObjectNode argument(long left, String after) {
    return Json.object()
        .put("workflow", workflow)
        .put("state", state)
        .put("userId", user)
        .put("limit", Math.min(left, LARGEST_PAGE))
        .put("after", after);
  }

  private Table table() {
    return new Table(
            "run",
            "workflow",
            "state",
            "user",
            Answers.timeTitle("started"),
            "duration",
            "done",
            "failed",
            "in progress",
            "error")
        .right("duration", "done", "failed", "in progress")
        .coloured("state", StateColours.of(ansi()));
  }

  private static void add(Table table, JsonNode run) {
    Duration duration = Answers.seconds(run, "durationSeconds");
    table.row(
        Answers.text(run, "correlationId"),
        Answers.text(run, "workflow"),
        Answers.text(run, "state"),
        Answers.text(run, "userId"),
        Answers.shownTime(Answers.time(run, "startedAt")),
        duration == null ? null : ChainTable.text(duration),
        "%s/%s".formatted(run.path("completed").asText(), run.path("tracks").asText()),
        Answers.text(run, "failed"),
        Answers.text(run, "inProgress"),
        Answers.text(run, "error"));
  }

  private static ObjectNode object(JsonNode run) {
    return Answers.pick(
        run,
        "correlationId",
        "workflow",
        "state",
        "userId",
        "startedAt",
        "finishedAt",
        "durationSeconds",
        "tracks",
        "completed",
        "failed",
        "inProgress",
        "error");
  }
}

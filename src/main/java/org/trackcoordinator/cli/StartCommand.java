package org.trackcoordinator.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.Stack;
import java.util.UUID;
import org.trackcoordinator.operations.Json;
import org.trackcoordinator.operations.Operation;
import org.trackcoordinator.operations.Operations;
import picocli.CommandLine.Command;
import picocli.CommandLine.IParameterPreprocessor;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

@Command(
    name = "start",
    description = {
      "Start a run of a workflow, and with --wait show what it comes to.",
      "With --wait exit 0 only if the run is completed."
    })
final class StartCommand extends OperationCommand {

  @Parameters(paramLabel = "WORKFLOW", description = "The workflow.")
  private String workflow;

  @Option(
      names = "--payload",
      paramLabel = "JSON|@FILE|-",
      description = "What its first tracks get: a JSON object, a file with it, or standard input.")
  private String payload;

  @Option(
      names = "--idempotency-key",
      paramLabel = "KEY",
      description = "The same key starts one run, however often it is started.")
  private String idempotencyKey;

  @Option(names = "--user", paramLabel = "USER", description = "Whose run it is.")
  private String user;

  @Option(
      names = "--priority",
      paramLabel = "N",
      description = "From 0, the default, to 9, which is claimed first.")
  private Integer priority;

  @Option(
      names = "--completes",
      paramLabel = "TRACK",
      description = "A first track that is done already, with the payload as its result.")
  private String completes;

  @Option(
      names = "--correlation-id",
      paramLabel = "ID",
      description = "The run's correlation id; a new one by default.")
  private UUID correlationId;

  @Option(
      names = "--wait",
      paramLabel = "SECONDS",
      arity = "0..1",
      preprocessor = SecondsOrNone.class,
      description = "Wait for its end: so long, or as long as it takes.")
  private Long wait;

  @Option(names = "--json", description = "Print one JSON object, and nothing else.")
  private boolean json;

  private ObjectNode payloadObject;

  /** Lets {@code --wait WORKFLOW} be what it looks like: what is no number is not its value. */
  static final class SecondsOrNone implements IParameterPreprocessor {

    private static final String NO_LIMIT = String.valueOf(Long.MAX_VALUE);

    @Override
    public boolean preprocess(
        Stack<String> arguments, CommandSpec command, ArgSpec option, Map<String, Object> info) {
      boolean attached = "=".equals(info.get("separator"));
      if (!attached && (arguments.isEmpty() || !arguments.peek().matches("[0-9]+"))) {
        arguments.push(NO_LIMIT);
      }
      return false;
    }
  }

  @Override
  void check() {
    if (wait != null && wait < 0) {
      throw new ParameterException(
          spec().commandLine(), "--wait must be at least 0 seconds, not " + wait);
    }
    payloadObject = new JsonOption(this, "--payload").read(payload);
  }

  @Override
  int call(Operations operations) {
    ObjectNode argument = Json.object().put("workflow", workflow);
    argument.set("payload", payloadObject);
    argument
        .put("correlationId", correlationId == null ? null : correlationId.toString())
        .put("userId", user)
        .put("idempotencyKey", idempotencyKey)
        .put("completes", completes)
        .put("priority", priority);
    ObjectNode started = operations.call(Operation.START_RUN, argument);
    String run = started.path("correlationId").asText();
    if (wait == null || !json) {
      print(started);
    }
    return wait == null ? 0 : await(operations, run);
  }

  private void print(JsonNode started) {
    if (json) {
      give(Answers.pick(started, "correlationId", "workflow", "state"));
    } else {
      say(
          "Run %s of %s is %s",
          started.path("correlationId").asText(),
          started.path("workflow").asText(),
          RunEnd.adjective(started.path("state").asText()));
      out().flush();
    }
  }

  private int await(Operations operations, String run) {
    RunEnd end = RunEnd.await(operations, run, wait);
    if (json) {
      give(end.object());
    } else if (!end.isRunning()) {
      say("%s", end.sentence());
      if (end.isCompleted()) {
        out().println(Json.pretty(end.result()));
      }
    }
    if (end.isRunning()) {
      throw new Refusal(
          "Run %s is still running after %d s, and goes on; 'why %s' says what it waits for"
              .formatted(run, wait, run));
    }
    return end.isCompleted() ? 0 : 1;
  }
}

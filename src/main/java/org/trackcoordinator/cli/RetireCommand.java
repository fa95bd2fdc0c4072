package org.trackcoordinator.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.trackcoordinator.operations.Json;
import org.trackcoordinator.operations.Operation;
import org.trackcoordinator.operations.Operations;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

@Command(
    name = "retire",
    description = {
      "Take definitions out of use that no run runs on: they start none, until their file is loaded"
          + " again.",
      "Retire the current one, and its workflow cannot be started until then."
    })
final class RetireCommand extends OperationCommand {

  @Parameters(
      index = "0",
      paramLabel = "WORKFLOW",
      arity = "0..1",
      description = "Its workflow; with --unused, only of this one.")
  private String workflow;

  @Parameters(
      index = "1",
      paramLabel = "HASH",
      arity = "0..1",
      description = "Its hash, or at least the first 8 digits.")
  private String hash;

  @Option(names = "--unused", description = "All that are not current and that no run runs on.")
  private boolean unused;

  @Mixin private Author author;

  @Option(names = "--json", description = "Print one JSON object per definition.")
  private boolean json;

  @Override
  void check() {
    if (unused ? hash != null : workflow == null || hash == null) {
      throw new ParameterException(
          spec().commandLine(),
          "Name a WORKFLOW and a HASH, or --unused with or without a WORKFLOW");
    }
  }

  @Override
  int call(Operations operations) {
    if (!unused) {
      retire(operations, workflow, hash);
      return 0;
    }
    List<DefinitionVersion> versions =
        DefinitionVersion.readAll(operations, workflow).stream()
            .filter(DefinitionVersion::unused)
            .toList();
    // each in a transaction of its own: one that is started meanwhile keeps none of the others
    versions.forEach(version -> retire(operations, version.workflow(), version.hash()));
    if (versions.isEmpty() && !json) {
      say("No definition is unused.");
    }
    return 0;
  }

  private void retire(Operations operations, String of, String hashOrDigits) {
    ObjectNode argument = Json.object().put("workflow", of).put("hash", hashOrDigits);
    boolean done =
        operations
            .call(Operation.RETIRE_DEFINITION, author.signed(argument))
            .path("retired")
            .asBoolean();
    if (json) {
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("workflow", of);
      line.put("hash", hashOrDigits);
      line.put("retired", done);
      JsonLines.print(line, out());
    } else {
      say(
          "Definition %s of %s %s",
          hashOrDigits.substring(0, 8), of, done ? "is retired" : "was retired before");
    }
  }
}

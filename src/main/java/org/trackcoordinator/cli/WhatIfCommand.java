package org.trackcoordinator.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.trackcoordinator.database.Database;
import org.trackcoordinator.operations.SchemaQueries;
import org.trackcoordinator.whatif.WhatIf;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.WorkflowFiles;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

@Command(
    name = "what-if",
    description = {
      "Replay past runs of a workflow through a changed file, and show which activations it would"
          + " add, lose or reorder. Nothing is written.",
      "Exit 0 whether or not there is a difference."
    })
final class WhatIfCommand implements Subcommand {

  @ParentCommand private TrackCoordinator program;
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "FILE", description = "The changed workflow file.")
  private Path file;

  @Option(
      names = "--since",
      paramLabel = "TIME",
      converter = TimeConverter.class,
      description = "Runs that ended in the last TIME, such as 7d or 12h; 7d by default.")
  private Duration since = Duration.ofDays(7);

  @Option(
      names = "--examples",
      paramLabel = "N",
      description = "Name so many runs of each difference; 3 by default.")
  private int examples = 3;

  @Option(names = "--json", description = "Print one JSON object, and nothing else.")
  private boolean json;

  @Override
  public Integer call() {
    if (examples < 0) {
      throw new ParameterException(
          spec.commandLine(), "--examples must be at least 0, not " + examples);
    }
    Definition changed = WorkflowFiles.read(program.resolve(file));
    try (Database database = program.existingDatabase()) {
      long begun = System.nanoTime();
      WhatIf.Result result =
          SchemaQueries.ask(
              database, connection -> WhatIf.of(connection, changed, since, examples));
      double seconds = (System.nanoTime() - begun) / 1e9;
      if (json) {
        JsonLines.print(object(changed, result, seconds), program.out());
      } else {
        print(changed, result, seconds);
      }
      program.out().flush();
      return 0;
    }
  }

  private void print(Definition changed, WhatIf.Result result, double seconds) {
    program
        .out()
        .println(
            String.format(
                Locale.ROOT,
                "%s: %,d ended runs replayed in %.1f s, %s; %,d left out that still run%s",
                changed,
                result.runs(),
                seconds,
                result.differences().isEmpty()
                    ? "no difference"
                    : result.differences().size() + " differences",
                result.running(),
                result.unexplained() == 0
                    ? ""
                    : String.format(
                        Locale.ROOT,
                        "; in %,d an activation is taken as recorded, since their own graph does not explain it",
                        result.unexplained())));
    if (!result.differences().isEmpty()) {
      Table table = new Table("change", "track", "runs", "why", "for example").right("runs");
      for (WhatIf.Found found : result.differences()) {
        table.row(
            found.difference().change().word(),
            found.difference().track(),
            found.runs(),
            found.difference().reason(),
            found.examples().stream().map(UUID::toString).collect(Collectors.joining(" ")));
      }
      table.print(program.out());
    }
  }

  private Map<String, Object> object(Definition changed, WhatIf.Result result, double seconds) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("workflow", changed.workflow());
    object.put("hash", changed.hash());
    object.put("since", since.toString());
    object.put("runs", result.runs());
    object.put("running", result.running());
    object.put("unexplained", result.unexplained());
    object.put("seconds", Math.round(seconds * 1000) / 1000.0);
    object.put("differences", result.differences().stream().map(WhatIfCommand::object).toList());
    return object;
  }

  private static Map<String, Object> object(WhatIf.Found found) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("change", found.difference().change().word());
    object.put("track", found.difference().track());
    object.put("reason", found.difference().reason());
    object.put("runs", found.runs());
    object.put("examples", List.copyOf(found.examples().stream().map(UUID::toString).toList()));
    return object;
  }
}

package org.trackcoordinator.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.trackcoordinator.coordinator.RoutesFolder;
import org.trackcoordinator.coordinator.Simulation;
import org.trackcoordinator.database.Database;
import org.trackcoordinator.database.Migrations;
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
    name = "simulate",
    description = {
      "Run workflows with handlers that do nothing, on the configured database, through the same"
          + " routes as real work. Live workers never see it.",
      "Exit 1 if a track ran twice, too early, or not at all."
    })
final class SimulateCommand implements Subcommand {

  @ParentCommand private TrackCoordinator program;
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "FILE", arity = "1..*", description = "Workflow files or folders.")
  private List<Path> files;

  @Option(names = "--runs", paramLabel = "N", description = "Runs of each, at once; 1 by default.")
  private int runs = 1;

  @Option(names = "--json", description = "Print one JSON object per file, and nothing else.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    if (runs < 1) {
      throw new ParameterException(spec.commandLine(), "--runs must be at least 1, not " + runs);
    }
    List<Definition> definitions = new ArrayList<>();
    for (Path file : files) {
      definitions.addAll(WorkflowFiles.readAll(file));
    }
    try (Database database = program.database()) {
      Migrations.migrate(database.plain());
      RoutesFolder routes = RoutesFolder.at(program.settings().routes());
      try (Simulation simulation =
          Simulation.start(database.pool(), database.plain(), routes, definitions)) {
        boolean clean = true;
        for (Definition definition : definitions) {
          Simulation.Result result = simulation.run(definition, runs);
          print(result);
          clean &= result.isClean();
        }
        return clean ? 0 : 1;
      }
    }
  }

  private void print(Simulation.Result result) {
    if (json) {
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("workflow", result.workflow());
      line.put("runs", result.runs());
      line.put("activations", result.activations());
      line.put("duplicates", result.duplicates());
      line.put("orderViolations", result.orderViolations());
      line.put("seconds", rounded(result.seconds(), 3));
      line.put("hopsPerSecond", rounded(result.hopsPerSecond(), 1));
      JsonLines.print(line, program.out());
    } else {
      program
          .out()
          .println(
              String.format(
                  Locale.ROOT,
                  "%s: %s. %,d runs, %,d activations in %.2f s (%,.0f hops/s); %d duplicates, %d order violations, %d unfinished, %d findings of audit",
                  result.workflow(),
                  result.isClean() ? "each track exactly once, in order" : "VIOLATED",
                  result.runs(),
                  result.activations(),
                  result.seconds(),
                  result.hopsPerSecond(),
                  result.duplicates(),
                  result.orderViolations(),
                  result.unfinished(),
                  result.auditRows()));
    }
    program.out().flush();
  }

  private static double rounded(double value, int digits) {
    double factor = Math.pow(10, digits);
    return Math.round(value * factor) / factor;
  }
}

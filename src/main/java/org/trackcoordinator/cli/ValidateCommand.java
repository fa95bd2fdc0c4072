package org.trackcoordinator.cli;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.trackcoordinator.database.Database;
import org.trackcoordinator.lint.Finding;
import org.trackcoordinator.lint.Lint;
import org.trackcoordinator.operations.SchemaQueries;
import org.trackcoordinator.workflow.InvalidWorkflowException;
import org.trackcoordinator.workflow.WorkflowFiles;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "validate",
    description = {
      "Check workflow files, and the routes of TRACKS_ROUTES beside them.",
      "Exit 1 if a file would be refused, or something that it says can never happen."
    })
final class ValidateCommand implements Subcommand {

  private static final String SEEN =
      "select handler from track_coordination.worker_sightings where seen_at > track_coordination.clock() - cast(? as interval)";

  @ParentCommand private TrackCoordinator program;

  @Parameters(
      paramLabel = "FILE",
      arity = "0..*",
      description = "Files, or folders of such files; default: the workflows of TRACKS_WORKFLOWS.")
  private List<Path> files = List.of();

  @Option(names = "--json", description = "Print one JSON object per file.")
  private boolean json;

  @Option(
      names = "--served-elsewhere",
      paramLabel = "HANDLER",
      split = ",",
      description =
          "Handlers of workers that are no routes of the folder, beside those of TRACKS_HANDLERS_ELSEWHERE.")
  private List<String> servedElsewhere = List.of();

  @Option(
      names = "--workers-seen",
      paramLabel = "TIME",
      converter = TimeConverter.class,
      description =
          "Ask the database too: handlers whose workers it saw in the last TIME, such as 7d, are served.")
  private Duration workersSeen;

  @Override
  public Integer call() {
    Map<String, String> sources = new HashMap<>();
    List<Validation> validations =
        arguments().stream()
            .flatMap(argument -> validate(argument).stream())
            .map(validation -> validation.unlessDefinedIn(sources))
            .toList();
    if (validations.isEmpty()) {
      throw new Refusal("There are no workflow files (.yaml, .yml, .json) in " + arguments());
    }
    List<Validation> all = withFindings(validations);
    for (Validation validation : all) {
      if (json) {
        JsonLines.print(validation.object(), program.out());
      } else {
        validation.lines().forEach(program.out()::println);
      }
    }
    program.out().flush();
    return all.stream().allMatch(Validation::valid) ? 0 : 1;
  }

  private List<Path> arguments() {
    return files.isEmpty() ? List.of(program.settings().workflows()) : files;
  }

  private List<Validation> validate(Path argument) {
    try {
      return WorkflowFiles.find(program.resolve(argument)).stream().map(Validation::of).toList();
    } catch (InvalidWorkflowException e) {
      return List.of(Validation.refused(argument, e));
    }
  }

  /** The workflow files with what was found in each, then the route files with findings. */
  private List<Validation> withFindings(List<Validation> validations) {
    List<String> elsewhere = new ArrayList<>(servedElsewhere);
    elsewhere.addAll(seen());
    ProjectFiles project = new ProjectFiles(program, arguments(), validations, elsewhere);
    Map<String, List<Finding>> findings =
        Lint.of(project.read()).stream()
            .collect(
                Collectors.groupingBy(
                    finding -> finding.problem().file(), LinkedHashMap::new, Collectors.toList()));
    List<Validation> all = new ArrayList<>();
    for (Validation validation : validations) {
      List<Finding> found = findings.remove(validation.file().toString());
      all.add(found == null ? validation : validation.with(found));
    }
    findings.forEach((file, found) -> all.add(Validation.found(Path.of(file), found)));
    return all;
  }

  /** The handlers of instances and of foreign workers that claimed something lately. */
  private List<String> seen() {
    if (workersSeen == null) {
      return List.of();
    }
    try (Database database = program.existingDatabase()) {
      return SchemaQueries.ask(database, this::seen);
    }
  }

  private List<String> seen(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(SEEN)) {
      statement.setString(1, workersSeen.toString());
      List<String> handlers = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          handlers.add(rows.getString(1));
        }
      }
      return handlers;
    }
  }
}

package org.trackcoordinator.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.trackcoordinator.lint.Finding;
import org.trackcoordinator.lint.Lint;
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
    ProjectFiles project = new ProjectFiles(program, arguments(), validations, servedElsewhere);
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
}

package org.trackcoordinator.cli;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.trackcoordinator.workflow.InvalidWorkflowException;
import org.trackcoordinator.workflow.WorkflowFiles;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "validate",
    description = "Check workflow files; exit 1 if one of them would be refused.")
final class ValidateCommand implements Subcommand {

  @ParentCommand private TrackCoordinator program;

  @Parameters(
      paramLabel = "FILE",
      arity = "0..*",
      description = "Files, or folders of such files; default: the workflows of TRACKS_WORKFLOWS.")
  private List<Path> files = List.of();

  @Option(names = "--json", description = "Print one JSON object per file.")
  private boolean json;

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
    for (Validation validation : validations) {
      if (json) {
        JsonLines.print(validation.object(), program.out());
      } else {
        validation.lines().forEach(program.out()::println);
      }
    }
    program.out().flush();
    return validations.stream().allMatch(Validation::valid) ? 0 : 1;
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
}

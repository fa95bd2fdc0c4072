package org.trackcoordinator.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;
import org.trackcoordinator.graph.GraphFormat;
import org.trackcoordinator.graph.WorkflowGraph;
import org.trackcoordinator.workflow.Definition;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

@Command(
    name = "graph",
    description = {
      "Draw a workflow: its tracks, and what each waits for.",
      "svg is a picture, mermaid and dot are text that other tools draw, json is for programs."
    })
final class GraphCommand implements Subcommand {

  @ParentCommand private TrackCoordinator program;
  @Spec private CommandSpec spec;
  @Mixin private Target target;

  @Parameters(
      paramLabel = "FILE|WORKFLOW",
      description =
          "A workflow file; or the name of a workflow, of the files of TRACKS_WORKFLOWS or else of"
              + " the database, whose current definition it is then. With --server, of the server.")
  private String workflow;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      converter = FormatConverter.class,
      completionCandidates = FormatWords.class,
      description =
          "One of ${COMPLETION-CANDIDATES}; by default what the name of the --output file ends in,"
              + " or mermaid.")
  private GraphFormat format;

  @Option(
      names = "--output",
      paramLabel = "PATH",
      description = "Write it to this file instead of standard output.")
  private Path output;

  @Option(
      names = "--hash",
      paramLabel = "HASH",
      description =
          "The definition of this hash in the database, or at least its first 8 digits; WORKFLOW is"
              + " a name then.")
  private String hash;

  @Override
  public Integer call() {
    GraphFormat wanted = wanted();
    WorkflowToDraw toDraw = new WorkflowToDraw(program, () -> target.open(program, spec));
    Definition definition =
        hash == null && !target.isServer() ? toDraw.find(workflow) : toDraw.stored(workflow, hash);
    String text = render(definition, wanted);
    if (output == null) {
      program.out().print(text);
      program.out().flush();
    } else {
      write(text);
    }
    return 0;
  }

  private GraphFormat wanted() {
    if (format != null) {
      return format;
    }
    if (output == null) {
      return GraphFormat.MERMAID;
    }
    String name = output.toString().toLowerCase(Locale.ROOT);
    String ending = name.substring(name.lastIndexOf('.') + 1);
    for (GraphFormat candidate : GraphFormat.values()) {
      if (candidate.fileEndings().contains(ending)) {
        return candidate;
      }
    }
    throw new ParameterException(
        spec.commandLine(),
        "The name of %s does not say the format; say it with --format, one of %s"
            .formatted(output, String.join(", ", GraphFormat.words())));
  }

  private static String render(Definition definition, GraphFormat format) {
    try {
      return new WorkflowGraph().render(definition, format, Map.of());
    } catch (IllegalArgumentException e) {
      throw new Refusal(e.getMessage(), e);
    }
  }

  private void write(String text) {
    try {
      Files.writeString(program.resolve(output), text);
    } catch (IOException e) {
      throw new Refusal("%s cannot be written: %s".formatted(program.resolve(output), e), e);
    }
  }

  static final class FormatConverter implements ITypeConverter<GraphFormat> {
    @Override
    public GraphFormat convert(String word) {
      try {
        return GraphFormat.of(word);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  static final class FormatWords implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return GraphFormat.words().iterator();
    }
  }
}

package org.trackcoordinator.lint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.trackcoordinator.cli.CliRun;
import org.trackcoordinator.testing.Folders;
import org.trackcoordinator.workflow.Problem;

/**
 * A fault in a project that had none; {@code seeded-faults/README.md} says how they are written.
 *
 * @param edits what is done to the files, each beginning with its headline
 * @param arguments of the command
 * @param findings that it must print
 */
record SeededFault(String name, List<String> edits, List<String> arguments, List<String> findings) {

  private static final JsonMapper JSON = new JsonMapper();
  private static final Path FOLDER = Path.of("src/test/resources/seeded-faults");

  static Stream<SeededFault> all() {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files
          .filter(file -> file.toString().endsWith(".txt"))
          .sorted()
          .map(SeededFault::read)
          .toList()
          .stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static SeededFault read(Path file) {
    try {
      String[] parts = Files.readString(file).split("==> findings\n", -1);
      List<String> edits = new ArrayList<>();
      List<String> arguments = new ArrayList<>(List.of("validate", "--json"));
      for (String edit : parts[0].substring("--- ".length()).split("(?m)^--- ")) {
        if (edit.startsWith("validate ")) {
          arguments.addAll(List.of(edit.strip().substring("validate ".length()).split(" ")));
        } else {
          edits.add(edit);
        }
      }
      String name = file.getFileName().toString().replace(".txt", "");
      return new SeededFault(name, edits, arguments, parts[1].lines().toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What the command makes of it; paths begin at {@code directory}. */
  CliRun run(Path directory) throws IOException {
    Path routes = copySoundTo(directory);
    for (String edit : edits) {
      String head = edit.substring(0, edit.indexOf('\n'));
      if (head.startsWith("remove ")) {
        Files.delete(routes.resolve(head.substring("remove ".length())));
      } else {
        Path file = routes.resolve(head);
        Files.createDirectories(file.getParent());
        Files.writeString(file, edit.substring(edit.indexOf('\n') + 1));
      }
    }
    return validate(directory, arguments.toArray(String[]::new));
  }

  static Path copySoundTo(Path directory) throws IOException {
    Path routes = directory.resolve("routes");
    Folders.copy(FOLDER.resolve("sound"), routes);
    Folders.copy(Path.of("routes/kamelets"), routes.resolve("kamelets"));
    return routes;
  }

  static CliRun validate(Path directory, String... arguments) {
    CliRun run = CliRun.of(Map.of(), directory, arguments);
    return new CliRun(run.exitCode(), run.out().replace(directory + "/", ""), run.err());
  }

  /** As the command prints them without {@code --json}. */
  static List<String> findings(CliRun run) throws IOException {
    List<String> findings = new ArrayList<>();
    for (String line : run.out().lines().toList()) {
      JsonNode file = JSON.readTree(line);
      for (JsonNode finding : file.get("findings")) {
        Problem problem =
            new Problem(
                file.get("file").asText(),
                finding.get("line").asInt(),
                finding.get("column").asInt(),
                finding.get("path").asText(),
                finding.get("message").asText());
        findings.add(finding.get("severity").asText() + " " + problem);
      }
    }
    return findings;
  }

  @Override
  public String toString() {
    return name;
  }
}

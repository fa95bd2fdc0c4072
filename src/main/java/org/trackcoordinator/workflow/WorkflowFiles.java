package org.trackcoordinator.workflow;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** Reads workflow files: YAML 1.2 or JSON, UTF-8, up to 10 MB, one workflow each. */
public final class WorkflowFiles {

  private static final int LARGEST = 10 * 1024 * 1024;
  private static final String TOO_LARGE = "larger than 10 MB; a workflow file is a map, not data";

  private WorkflowFiles() {}

  /**
   * Reads one file.
   *
   * @throws InvalidWorkflowException with all problems that were found
   */
  public static Definition read(Path file) {
    Problems problems = new Problems(file.toString());
    return parse(decode(bytes(file, problems), problems), problems);
  }

  /**
   * The values of any YAML or JSON file with their places, for checks of what a definition does not
   * hold.
   *
   * @param deepest how many levels of lists and maps may stand in one another
   * @throws InvalidWorkflowException if it is not one document that can be read, keys given once
   */
  public static Node nodes(Path file, int deepest) {
    Problems problems = new Problems(file.toString());
    String text = withoutTabs(decode(bytes(file, problems), problems), problems.file());
    Node root = NodeReader.read(text, deepest, problems);
    problems.throwIfAny();
    return root;
  }

  /**
   * The values of a text, as of a file of this name; see {@link #nodes(Path, int)}.
   *
   * @throws InvalidWorkflowException if it is not one document that can be read, keys given once
   */
  public static Node nodes(String fileName, String text, int deepest) {
    Problems problems = new Problems(fileName);
    Node root = NodeReader.read(withoutTabs(text, fileName), deepest, problems);
    problems.throwIfAny();
    return root;
  }

  /**
   * Reads all workflow files of a folder, or one file.
   *
   * @return in the order of the file names; empty if a folder has none
   * @throws InvalidWorkflowException with the problems of all files, and if two files give the same
   *     workflow
   */
  public static List<Definition> readAll(Path fileOrFolder) {
    List<Definition> definitions = new ArrayList<>();
    List<Problem> problems = new ArrayList<>();
    Map<String, String> sources = new HashMap<>();
    for (Path file : find(fileOrFolder)) {
      try {
        Definition definition = read(file);
        definitions.add(definition);
        String other = sources.putIfAbsent(definition.workflow(), file.toString());
        if (other != null) {
          String message =
              "'" + definition.workflow() + "' is defined in " + other + " already; rename one";
          problems.add(new Problem(file.toString(), 0, 0, "workflow", message));
        }
      } catch (InvalidWorkflowException e) {
        problems.addAll(e.problems());
      }
    }
    if (!problems.isEmpty()) {
      throw new InvalidWorkflowException(problems);
    }
    return definitions;
  }

  /**
   * Reads a workflow from text.
   *
   * @param fileName the name to show in problems; with the ending {@code .json}, tabs may indent
   * @throws InvalidWorkflowException with all problems that were found
   */
  public static Definition parse(String fileName, String text) {
    return parse(text, new Problems(fileName));
  }

  /**
   * The workflow files of a folder, by name, not of the folders in it; hidden ones are left out. A
   * file is its own only one, whatever its name.
   *
   * @throws InvalidWorkflowException if there is no such file or folder, or it can't be listed
   */
  public static List<Path> find(Path fileOrFolder) {
    if (!Files.isDirectory(fileOrFolder)) {
      if (!Files.exists(fileOrFolder)) {
        throw unreadable(new Problems(fileOrFolder.toString()), "no such file or folder");
      }
      return List.of(fileOrFolder);
    }
    try (Stream<Path> files = Files.list(fileOrFolder)) {
      return files
          .filter(WorkflowFiles::isWorkflowFile)
          .filter(file -> !Files.isDirectory(file))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw unreadable(new Problems(fileOrFolder.toString()), "cannot be listed: " + e);
    }
  }

  /** Whether a file of a folder is taken for one, by its name. */
  public static boolean isWorkflowFile(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    return !name.startsWith(".")
        && (name.endsWith(".yaml") || name.endsWith(".yml") || name.endsWith(".json"));
  }

  private static Definition parse(String text, Problems problems) {
    if (text.length() > LARGEST) {
      throw unreadable(problems, TOO_LARGE);
    }
    return WorkflowReader.read(
        NodeReader.read(withoutTabs(text, problems.file()), problems), problems);
  }

  /** YAML refuses tabs that indent even in JSON, where every tab is white space. */
  private static String withoutTabs(String text, String file) {
    return file.toLowerCase(Locale.ROOT).endsWith(".json") ? text.replace('\t', ' ') : text;
  }

  private static byte[] bytes(Path file, Problems problems) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(LARGEST + 1);
      if (bytes.length > LARGEST) {
        throw unreadable(problems, TOO_LARGE);
      }
      return bytes;
    } catch (NoSuchFileException e) {
      throw unreadable(problems, "no such file");
    } catch (IOException e) {
      throw unreadable(problems, "cannot be read: " + e.getMessage());
    }
  }

  private static String decode(byte[] bytes, Problems problems) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(bytes.length);
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    CoderResult result = decoder.decode(in, out, true);
    String text = out.flip().toString();
    try {
      if (result.isError()) {
        result.throwException();
      }
    } catch (CharacterCodingException e) {
      String message = String.format("not UTF-8 at the byte 0x%02X; save it as UTF-8", in.get());
      throw problems.fatal(Position.endOf(text), "", message);
    }
    return text;
  }

  private static InvalidWorkflowException unreadable(Problems problems, String message) {
    return problems.fatal(Position.NOWHERE, "", message);
  }
}

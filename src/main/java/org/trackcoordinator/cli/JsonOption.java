package org.trackcoordinator.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.trackcoordinator.operations.Json;
import picocli.CommandLine.ParameterException;

/**
 * Reads an option that is a JSON object: the text itself, {@code @FILE}, or {@code -} for standard
 * input.
 */
final class JsonOption {

  /** More than any payload is with its white space; so that nobody reads a disk into memory. */
  private static final int MOST_BYTES = 16 << 20;

  private final OperationCommand command;
  private final String name;

  JsonOption(OperationCommand command, String name) {
    this.command = command;
    this.name = name;
  }

  /**
   * The object; null if the option was not given.
   *
   * @throws ParameterException saying what is wrong, and where
   */
  ObjectNode read(String value) {
    if (value == null) {
      return null;
    }
    String text = text(value);
    try {
      JsonNode json = Json.read(text);
      if (json instanceof ObjectNode object) {
        return object;
      }
      throw wrong("it is to be a JSON object, such as {\"mail\": 7}");
    } catch (JsonProcessingException e) {
      String where =
          e.getLocation() == null
              ? ""
              : " (line %d, column %d)"
                  .formatted(e.getLocation().getLineNr(), e.getLocation().getColumnNr());
      throw wrong("it is no JSON: %s%s".formatted(e.getOriginalMessage(), where));
    }
  }

  private String text(String value) {
    if (value.equals("-")) {
      return text(System.in, "standard input");
    } else if (!value.startsWith("@")) {
      return value;
    }
    String file = value.substring(1);
    try (InputStream stream = Files.newInputStream(command.program().resolve(Path.of(file)))) {
      return text(stream, file);
    } catch (IOException | InvalidPathException e) {
      throw wrong(file + " is no readable file");
    }
  }

  private String text(InputStream stream, String place) {
    try {
      byte[] bytes = stream.readNBytes(MOST_BYTES + 1);
      if (bytes.length > MOST_BYTES) {
        throw wrong("%s is longer than 16 MiB; a payload has at most 1 MiB".formatted(place));
      }
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw wrong(place + " is not UTF-8");
    } catch (IOException e) {
      throw wrong("%s can't be read: %s".formatted(place, e.getMessage()));
    }
  }

  private ParameterException wrong(String what) {
    return new ParameterException(
        command.spec().commandLine(), "Invalid value for option '%s': %s".formatted(name, what));
  }
}

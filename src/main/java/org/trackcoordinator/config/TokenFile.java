package org.trackcoordinator.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A file with one token, as {@code --token-file} names it. */
public final class TokenFile {

  private TokenFile() {}

  /**
   * Reads the token.
   *
   * @throws InvalidSettingsException if the file cannot be read or holds something else
   */
  public static String read(Path file) {
    try {
      return Values.token(Files.readString(file))
          .orElseThrow(
              () ->
                  new InvalidSettingsException(
                      List.of("%s is not valid: %s".formatted(file, Values.TOKEN_ALLOWED))));
    } catch (IOException e) {
      throw new InvalidSettingsException(List.of(file + " is no readable file"));
    }
  }
}

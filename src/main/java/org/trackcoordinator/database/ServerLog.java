package org.trackcoordinator.database;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The file that initdb, pg_ctl and the server write to; read to tell why a start failed. */
final class ServerLog {

  private static final long LARGEST = 10L << 20;
  private static final Pattern TELLING =
      Pattern.compile(".*(?:FATAL|PANIC|ERROR|error|HINT|DETAIL|Hint):.*");
  private static final int SHOWN = 6;

  private final Path file;
  private long start;

  ServerLog(Path file) {
    this.file = file;
  }

  Path file() {
    return file;
  }

  /** Begins a new start; an old log that has grown large is set aside. */
  void begin() throws IOException {
    if (Files.exists(file) && Files.size(file) > LARGEST) {
      Files.move(
          file,
          file.resolveSibling(file.getFileName() + ".old"),
          StandardCopyOption.REPLACE_EXISTING);
    }
    start = Files.exists(file) ? Files.size(file) : 0;
  }

  boolean contains(String text) {
    return sinceBegin().contains(text);
  }

  /** The lines of this start that tell why it failed. */
  String reason() {
    List<String> lines = sinceBegin().lines().filter(line -> !line.isBlank()).toList();
    List<String> telling = lines.stream().filter(line -> TELLING.matcher(line).matches()).toList();
    List<String> shown = telling.isEmpty() ? lines : telling;
    return shown.stream()
        .skip(Math.max(0, shown.size() - SHOWN))
        .map(String::strip)
        .collect(Collectors.joining(System.lineSeparator() + "  "));
  }

  private String sinceBegin() {
    try {
      byte[] bytes = Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
      int from = (int) Math.min(start, bytes.length);
      return new String(bytes, from, bytes.length - from, StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "";
    }
  }
}

package org.trackcoordinator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.trackcoordinator.database.SharedPostgres;
import org.trackcoordinator.testing.ChildJvm;

/** How a process logs is a setting. */
@Tag("track-coordination")
class LogFormatIT {

  @TempDir Path directory;

  @Test
  void jsonFromTheFirstLineOn() throws Exception {
    Files.writeString(directory.resolve("application.properties"), "tracks.log.format=json\n");
    List<String> lines = migrate(null);
    assertThat(lines).isNotEmpty();
    for (String line : lines) {
      JsonNode event = new JsonMapper().readTree(line);
      assertThat(event.path("message").asText()).as(line).isNotEmpty();
    }
  }

  @Test
  void textByDefaultAndByTheEnvironment() throws Exception {
    assertThat(migrate(null)).isNotEmpty().allMatch(line -> line.contains(" INFO "));
    Files.writeString(directory.resolve("application.properties"), "tracks.log.format=json\n");
    assertThat(migrate("text")).isNotEmpty().allMatch(line -> line.contains(" INFO "));
  }

  private List<String> migrate(String format) throws IOException, InterruptedException {
    Path log = directory.resolve("log");
    ProcessBuilder program =
        new ProcessBuilder(
                ChildJvm.command(
                    "-cp",
                    System.getProperty("java.class.path"),
                    TrackCoordinator.class.getName(),
                    "migrate"))
            .directory(directory.toFile())
            .redirectError(log.toFile());
    program.environment().put("TRACKS_DATABASE_URL", SharedPostgres.newDatabaseUrl());
    if (format != null) {
      program.environment().put("TRACKS_LOG_FORMAT", format);
    }
    Process process = program.start();
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(process.exitValue()).isZero();
    return Files.readAllLines(log);
  }
}

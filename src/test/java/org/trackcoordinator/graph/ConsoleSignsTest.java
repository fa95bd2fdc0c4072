package org.trackcoordinator.graph;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The console colours pictures in the browser, with the signs that are drawn here. */
@Tag("track-coordination")
class ConsoleSignsTest {

  @Test
  void theConsoleHasTheSignsOfThePictures() throws IOException {
    String states = Files.readString(Path.of("src/main/resources/console/states.js"));
    for (State state : State.values()) {
      assertThat(states).contains("  %s: '%s',".formatted(state.word(), state.sign()));
    }
  }
}

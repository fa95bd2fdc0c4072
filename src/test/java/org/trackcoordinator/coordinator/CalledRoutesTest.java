package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What Java code sends to can't be edited away. */
@Tag("track-coordination")
class CalledRoutesTest {

  @Test
  void allRoutesThatJavaCodeSendsToAreKnown() throws Exception {
    Set<String> called = new TreeSet<>();
    try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
      for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
        if (!file.endsWith("Coordinator.java")) {
          Matcher names = Pattern.compile("\"(direct:[a-z-]+)\"").matcher(Files.readString(file));
          while (names.find()) {
            called.add(names.group(1));
          }
        }
      }
    }
    assertThat(Coordinator.CALLED_ROUTES).containsExactlyInAnyOrderElementsOf(called);
  }
}

package org.trackcoordinator.routes;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.trackcoordinator.testing.Needs;
import org.trackcoordinator.testing.Tool;

/** Whoever opens a file in Kaoto and saves it has changed nothing but what they changed. */
@Tag("track-coordination")
@Needs({Tool.NODE, Tool.KAOTO_YAML})
class KaotoRoundTripTest {

  private static final String SCRIPT = "src/test/kaoto/round-trip.mjs";

  @TempDir private Path folder;

  @Test
  void everyRouteAndKameletIsWrittenAsItWas() throws Exception {
    try (Stream<Path> all = Files.walk(Path.of("routes"))) {
      List<String> files =
          all.map(Path::toString)
              .filter(name -> name.endsWith(".camel.yaml") || name.endsWith(".kamelet.yaml"))
              .toList();
      assertThat(files).hasSizeGreaterThan(60);
      assertThat(differences(files)).as("node %s --write FILE mends it", SCRIPT).isEmpty();
    }
  }

  /** Whatever Kaoto would change is seen: the order of keys and entries, quotes, line breaks. */
  @Test
  void whatKaotoWouldWriteOtherwiseIsFound() throws Exception {
    String route =
        "- route:\n    id: x\n    from:\n      uri: direct:x\n      steps:\n        - to:\n            uri: mock:x\n";
    assertThat(differences(List.of(file("good", route)))).isEmpty();
    for (String changed :
        List.of(
            route
                .replace("    id: x\n", "")
                .replace("    from", "    note: n\n    id: x\n    from"),
            route.replace("direct:x", "'direct:x'"),
            route.replace("mock:x", "mock:x # why"),
            route.replace("mock:x", "mock:" + "x y ".repeat(30).strip()),
            route + "- beans: []\n- route: {id: y}\n")) {
      assertThat(differences(List.of(file("bad", changed)))).as(changed).contains("bad.camel.yaml");
    }
  }

  private String file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name + ".camel.yaml"), text).toString();
  }

  private static String differences(List<String> files) throws Exception {
    List<String> command = new ArrayList<>(List.of(Tool.NODE.path().toString(), SCRIPT));
    command.addAll(files);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor() == 0).as(output).isEqualTo(output.isEmpty());
    return output;
  }
}

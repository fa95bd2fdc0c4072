package org.trackcoordinator.management;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.testing.CoordinatedDatabase;
import org.trackcoordinator.testing.Needs;
import org.trackcoordinator.testing.Tool;

/** The requests in docs/hawtio.md, as a reader would copy them. */
@Tag("track-coordination")
class HawtioDocsIT {

  private static final Pattern BLOCK = Pattern.compile("```sh\n(.*?)```", Pattern.DOTALL);

  @RegisterExtension static final CoordinatedDatabase database = new CoordinatedDatabase();

  @RegisterExtension static final ManagedCoordinator instance = new ManagedCoordinator(database);

  @Test
  @Needs({Tool.BASH, Tool.CURL})
  void theyGoWell() throws Exception {
    Matcher block = BLOCK.matcher(Files.readString(Path.of("docs/hawtio.md")));
    assertThat(block.find()).isTrue();
    String script = block.group(1).replace("127.0.0.1:9876", "127.0.0.1:" + instance.port());
    Process bash =
        new ProcessBuilder(Tool.BASH.path().toString(), "-e", "-u", "-o", "pipefail", "-c", script)
            .redirectErrorStream(true)
            .start();
    String said = new String(bash.getInputStream().readAllBytes());
    assertThat(bash.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(bash.exitValue()).as(said).isZero();
    assertThat(said)
        .contains("\"Depths\"")
        .contains("\"ByState\"")
        .contains("\"status\":200")
        .doesNotContain("\"error\"");
    assertThat(block.find()).as("another block").isFalse();
  }
}

package org.trackcoordinator.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.trackcoordinator.cli.TrackCoordinator;

/** The README's first command. */
@Tag("e2e-track-workflow")
@Tag("track-coordination")
class DemoIT {

  @Test
  void booksTheWholeMailboxAndSaysSo() {
    var said = new StringWriter();
    var program =
        TrackCoordinator.commandLine(Map.of(), Path.of("")).setOut(new PrintWriter(said, true));

    var exitCode = program.execute("demo");

    assertThat(said.toString())
        .contains("15 runs, 14 completed, 1 failed.")
        .contains("mailbox   14 invoices      102,251,517 yen")
        .contains("freee     14 deals         102,251,517 yen")
        .contains("mail <scan-20261019@tanaka-tatami.example>")
        .contains("Audit of the stored data: nothing to find fault with")
        .contains("The demo went as it should.");
    assertThat(said.toString().split("completed in .* each of the 4 tracks once")).hasSize(15);
    assertThat(exitCode).isZero();
  }
}

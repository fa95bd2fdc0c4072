package org.trackcoordinator.lint;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.trackcoordinator.cli.CliRun;

/**
 * Each seeded fault is found with file, line, column, key, fault and remedy, and nothing else is.
 */
@Tag("track-coordination")
class SeededFaultsTest {

  @TempDir Path directory;

  static Stream<SeededFault> all() {
    return SeededFault.all();
  }

  @ParameterizedTest
  @MethodSource("all")
  void isFound(SeededFault fault) throws IOException {
    CliRun run = fault.run(directory);

    List<String> found = SeededFault.findings(run);
    assertThat(found).containsExactlyElementsOf(fault.findings()).isNotEmpty();
    assertThat(run.exitCode())
        .isEqualTo(found.stream().anyMatch(line -> line.startsWith("error ")) ? 1 : 0);
    assertThat(run.err()).isEmpty();
  }

  /** Else a finding may have another reason than the fault. */
  @Test
  void withoutAFaultNothingIsFound() throws IOException {
    SeededFault.copySoundTo(directory);
    assertThat(SeededFault.validate(directory, "validate"))
        .isEqualTo(
            new CliRun(
                0,
                "ok routes/workflows/intake.yaml: intake, 3 tracks, 2 dependencies, depth 3\n",
                ""));
  }

  @Test
  void areAtLeastTwentyAndEachIsSaidWithItsLine() {
    assertThat(all()).hasSizeGreaterThanOrEqualTo(20);
    assertThat(all())
        .filteredOn(fault -> !fault.name().equals("folder-that-run-does-not-take"))
        .allSatisfy(
            fault ->
                assertThat(fault.findings())
                    .allSatisfy(
                        line -> assertThat(line).matches("\\w+ routes/\\S+[.]yaml:\\d+:\\d+: .+")));
  }
}

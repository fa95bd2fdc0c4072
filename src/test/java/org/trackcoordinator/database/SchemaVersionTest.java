package org.trackcoordinator.database;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("processing-logs")
class SchemaVersionTest {

  private final SchemaVersion version = new SchemaVersion(1, 4);

  @Test
  void isTheOneOfThePom() throws Exception {
    assertThat(Files.readString(Path.of("pom.xml")))
        .contains(
            "<artifactId>track-coordinator</artifactId>\n  <version>" + SchemaVersion.CURRENT);
  }

  @Test
  void worksWithTheNextMinorVersionOnly() {
    assertThat(version.worksWith(new SchemaVersion(1, 5))).isTrue();
    assertThat(version.worksWith(new SchemaVersion(1, 6))).isFalse();
    assertThat(version.worksWith(new SchemaVersion(2, 0))).isFalse();
  }

  @Test
  void isComparedByNumbersNotByText() {
    assertThat(new SchemaVersion(1, 9).olderThan(new SchemaVersion(1, 10))).isTrue();
    assertThat(new SchemaVersion(1, 10).olderThan(new SchemaVersion(2, 0))).isTrue();
    assertThat(version.olderThan(version)).isFalse();
  }
}

package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("track-coordination")
class MarksTest {

  private static final Marks MARKS =
      new Marks(100, 50, Duration.ofMinutes(10), Duration.ofMinutes(5));

  @ParameterizedTest(name = "{0}, {1} deep and {2} s old: {3}")
  @CsvSource({
    "false,   0,   0, false",
    "false,  99, 599, false",
    "false, 100,   0, true",
    "false,   0, 600, true",
    "true,   99, 599, true",
    "true,   51,   0, true",
    "true,    0, 301, true",
    "true,   50, 300, false",
    "true,    0,   0, false",
  })
  void theHighMarksBeginItAndTheLowMarksEndIt(
      boolean before, long depth, long seconds, boolean overloaded) {
    assertThat(MARKS.overloaded(before, List.of(queue("drive", depth, seconds))))
        .isEqualTo(overloaded);
  }

  @Test
  void oneQueueIsEnoughToBeginItAndAllMustBeLowToEndIt() {
    QueueDepth empty = queue("drive", 0, 0);
    QueueDepth full = queue("freee", 100, 0);
    QueueDepth between = queue("freee", 60, 0);
    assertThat(MARKS.overloaded(false, List.of(empty, full))).isTrue();
    assertThat(MARKS.overloaded(true, List.of(empty, between))).isTrue();
    assertThat(MARKS.overloaded(true, List.of(empty, empty))).isFalse();
    assertThat(MARKS.overloaded(true, List.of())).isFalse();
  }

  @Test
  void theWorstQueueIsTheOneNearestToItsMark() {
    QueueDepth deep = queue("drive", 90, 0);
    QueueDepth old = queue("freee", 1, 599);
    assertThat(MARKS.worst(List.of(deep, old))).contains(old);
    assertThat(MARKS.worst(List.of(deep, queue("freee", 1, 60)))).contains(deep);
    assertThat(MARKS.worst(List.of())).isEmpty();
  }

  @Test
  void marksThatLeaveNoRoomBetweenThemAreRefused() {
    assertThatThrownBy(() -> new Marks(50, 50, Duration.ofHours(2), Duration.ofHours(1)))
        .hasMessageContaining("backpressure.high-depth is 50 and backpressure.low-depth is 50");
    assertThatThrownBy(() -> new Marks(50, -1, Duration.ofHours(2), Duration.ofHours(1)))
        .hasMessageContaining("backpressure.low-depth is -1");
    assertThatThrownBy(() -> new Marks(50, 5, Duration.ofHours(1), Duration.ofHours(1)))
        .hasMessageContaining("backpressure.high-age is 1h and backpressure.low-age is 1h");
  }

  @Test
  void queuesAndTimesAreToldForPeople() {
    assertThat(queue("drive", 12, 192)).hasToString("drive: 12 deep, the oldest 3m12s");
    assertThat(new QueueDepth("events", null, 7, 7, 0, 0, Duration.ofMillis(20)))
        .hasToString("events: 7 deep, the oldest 20ms");
    assertThat(MARKS.high()).isEqualTo("high marks 100, 10m");
  }

  @Test
  void theSettingsFileNamesTheDefaults() throws IOException {
    Properties file = new Properties();
    try (Reader reader =
        Files.newBufferedReader(Path.of("routes/maintenance/maintenance.properties"))) {
      file.load(reader);
    }
    assertThat(file)
        .containsEntry("backpressure.interval", "5000")
        .containsEntry("backpressure.high-depth", Long.toString(Marks.DEFAULT.highDepth()))
        .containsEntry("backpressure.low-depth", Long.toString(Marks.DEFAULT.lowDepth()))
        .containsEntry("backpressure.high-age", Marks.text(Marks.DEFAULT.highAge()))
        .containsEntry("backpressure.low-age", Marks.text(Marks.DEFAULT.lowAge()));
  }

  private static QueueDepth queue(String handler, long depth, long seconds) {
    return new QueueDepth("work", handler, depth, depth, 0, 0, Duration.ofSeconds(seconds));
  }
}

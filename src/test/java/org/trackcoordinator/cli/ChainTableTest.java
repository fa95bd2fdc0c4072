package org.trackcoordinator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine.Help.Ansi;

@Tag("track-coordination")
class ChainTableTest {

  private static final Instant START = Instant.parse("2026-11-23T15:00:00.123Z");

  @Test
  void showsEachEventWithItsTimeAndDuration() {
    List<ChainRow> rows =
        List.of(
            row("gmail", "completed", null, START, null, null, "consumed", null),
            row("drive", "triggered", 1, START.plusMillis(5), null, "gmail", "consumed", null),
            row("drive", "failed", 1, START.plusSeconds(2), 1995L, null, "consumed", "disk full"),
            row("drive", "completed", 1, START.plusSeconds(3), null, null, "late", null));
    StringWriter text = new StringWriter();
    ChainTable.print(rows, ZoneId.of("Asia/Tokyo"), Ansi.OFF, new PrintWriter(text));
    assertThat(text.toString().lines())
        .containsExactly(
            "track  event      time (Asia/Tokyo)        attempt  duration  source  note",
            "-----  ---------  -----------------------  -------  --------  ------  ---------",
            "gmail  completed  2026-11-24 00:00:00.123",
            "drive  triggered  2026-11-24 00:00:00.128        1            gmail",
            "drive  failed     2026-11-24 00:00:02.123        1   1.995 s          disk full",
            "drive  completed  2026-11-24 00:00:03.123        1                    late");
  }

  @ParameterizedTest
  @CsvSource({
    "PT0S, 0 ms",
    "PT0.9999S, 999 ms",
    "PT1.5S, 1.500 s",
    "PT61S, 0:01:01",
    "P2D, 48:00:00"
  })
  void durationsFitTheirSize(Duration duration, String expected) {
    assertThat(ChainTable.text(duration)).isEqualTo(expected);
  }

  private static ChainRow row(
      String track,
      String event,
      Integer attempt,
      Instant at,
      Long millis,
      String source,
      String fate,
      String detail) {
    Duration duration = millis == null ? null : Duration.ofMillis(millis);
    return new ChainRow(1L, track, event, attempt, at, duration, source, fate, detail);
  }
}

package org.trackcoordinator.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Help.Ansi;

/** Prints the execution chain of a run for people. */
public final class ChainTable {

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS", Locale.ROOT);
  private static final String CONSUMED = "consumed";

  private ChainTable() {}

  /** Prints track, event, time, attempt, duration, source and notes of each event, in order. */
  public static void print(List<ChainRow> rows, ZoneId zone, Ansi ansi, PrintWriter out) {
    Table table =
        new Table("track", "event", "time (" + zone + ")", "attempt", "duration", "source", "note")
            .right("attempt", "duration")
            .coloured("event", StateColours.of(ansi));
    for (ChainRow row : rows) {
      table.row(
          row.trackId(),
          row.eventType(),
          row.createdAt() == null ? null : TIME.format(row.createdAt().atZone(zone)),
          row.attempt(),
          row.duration() == null ? null : text(row.duration()),
          row.sourceTrack(),
          note(row));
    }
    table.print(out);
  }

  /** What is worth saying of an event: a fate other than the usual one, and its detail. */
  private static String note(ChainRow row) {
    return Stream.of(CONSUMED.equals(row.fate()) ? null : row.fate(), row.detail())
        .filter(Objects::nonNull)
        .collect(Collectors.joining(": "));
  }

  /** Milliseconds below a second, else seconds, else hours, minutes and seconds. */
  static String text(Duration duration) {
    long millis = duration.toMillis();
    if (millis < 1_000) {
      return millis + " ms";
    }
    if (millis < 60_000) {
      return String.format(Locale.ROOT, "%.3f s", millis / 1000.0);
    }
    return String.format(
        Locale.ROOT,
        "%d:%02d:%02d",
        duration.toHours(),
        duration.toMinutesPart(),
        duration.toSecondsPart());
  }
}

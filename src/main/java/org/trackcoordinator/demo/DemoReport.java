package org.trackcoordinator.demo;

import java.io.PrintWriter;
import java.time.ZoneId;
import java.util.List;
import java.util.Locale;
import org.trackcoordinator.cli.ChainRow;
import org.trackcoordinator.cli.ChainTable;
import picocli.CommandLine.Help.Ansi;

/** Tells a person what the demo did. */
final class DemoReport {

  private static final List<String> TRACKS = List.of("gmail", "drive", "file-management", "freee");

  private final PrintWriter out;

  DemoReport(PrintWriter out) {
    this.out = out;
  }

  /** A line of progress. */
  void say(String format, Object... values) {
    out.println(String.format(Locale.ROOT, format, values));
    out.flush();
  }

  /** The execution chain of a run and the verdict on it. */
  void chain(DemoRun run, List<ChainRow> chain) {
    say("%n%s%nrun %s", run.subject(), run.correlationId());
    ChainTable.print(chain, ZoneId.systemDefault(), Ansi.AUTO, out);
    say("=> %s", verdict(run, chain));
  }

  /** What became of a run, in one sentence. */
  static String verdict(DemoRun run, List<ChainRow> chain) {
    var seconds = run.duration().toMillis() / 1000.0;
    if (!run.isCompleted()) {
      return String.format(Locale.ROOT, "%s after %.1f s: %s", run.state(), seconds, run.error());
    }
    for (var track : TRACKS) {
      var times =
          chain.stream()
              .filter(row -> track.equals(row.trackId()) && "completed".equals(row.eventType()))
              .count();
      if (times != 1) {
        return "completed, but track " + track + " was completed " + times + " times";
      }
    }
    return String.format(
        Locale.ROOT, "completed in %.1f s, each of the %d tracks once", seconds, TRACKS.size());
  }

  /** The books against the mailbox. */
  void books(Bookkeeping books) {
    say("%nBooks against mailbox");
    say("  mailbox  %3d invoices  %,15d yen", books.invoices(), books.invoiced());
    say("  freee    %3d deals     %,15d yen", books.deals(), books.booked());
    books.differences().forEach(difference -> say("  DIFFERENCE: %s", difference));
    if (books.balances()) {
      say("  no difference");
    }
  }
}

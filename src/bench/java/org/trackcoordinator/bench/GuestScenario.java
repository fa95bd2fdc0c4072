package org.trackcoordinator.bench;

import java.util.ArrayList;
import java.util.List;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/** {@code guest}: what the host's own writers notice of a coordinator. */
final class GuestScenario implements Scenario {

  private static final List<Integer> WRITERS = List.of(8, 32);

  @Override
  public String name() {
    return "guest";
  }

  @Override
  public String question() {
    return "Commits of foreign writers, one row each, with a coordinator and alone. A hop is a commit here.";
  }

  @Override
  public Outcome measure(Bed bed) throws Exception {
    List<OfGuests> candidates = new ArrayList<>();
    for (int writers : WRITERS) {
      for (boolean events : new boolean[] {false, true}) {
        for (boolean attached : new boolean[] {true, false}) {
          candidates.add(new OfGuests(bed, writers, events, attached, bed.plan().of(8_000)));
        }
      }
    }
    Outcome outcome = new Outcome().add(new Interleaved(bed.plan().rounds(), candidates).run());
    for (int writers : WRITERS) {
      for (boolean events : new boolean[] {false, true}) {
        outcome.compare(
            new Target(
                OfGuests.name(writers, events, true),
                OfGuests.name(writers, events, false),
                events ? 0.88 : 0.97));
      }
    }
    for (OfGuests candidate : candidates) {
      outcome.add(notifications(bed, candidate));
    }
    return outcome.note("NOTIFYs are counted in rounds of their own, by a session that listens.");
  }

  private static Outcome.Figure notifications(Bed bed, Candidate candidate) throws Exception {
    bed.ground().clear();
    try (Candidate.Round round = candidate.prepare();
        Sql listener = bed.database().sql()) {
      listener.execute("listen track_events", "listen track_work");
      round.go();
      PGNotification[] heard =
          listener.connection().unwrap(PGConnection.class).getNotifications(1000);
      return new Outcome.Figure(
          candidate.name() + ", NOTIFYs per 1,000 commits",
          heard == null ? 0 : heard.length * 1000.0 / round.hops(),
          "",
          null);
    }
  }
}

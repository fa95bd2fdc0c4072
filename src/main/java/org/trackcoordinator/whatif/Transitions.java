package org.trackcoordinator.whatif;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What events do to a track, by the table {@code transitions}.
 *
 * <p>Where the table has several answers, by a condition that an event alone does not tell, the
 * track is taken to be at its end: if it was not, a {@code retried} row follows, and leads back.
 */
final class Transitions {

  static final String WAITING = "waiting";
  static final String TRIGGERED = "triggered";

  /** Of several answers the first in this list holds. */
  private static final List<String> PREFERRED =
      List.of("completed", "failed", "timed_out", "skipped", "cancelled", TRIGGERED);

  private static final String SQL =
      "select state, event, next_state from track_coordination.transitions where fate = 'consumed'";

  private final Map<String, Map<String, String>> next = new HashMap<>();

  /** The table as it is in this database. */
  static Transitions read(Connection connection) throws SQLException {
    Transitions transitions = new Transitions();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(SQL)) {
      while (rows.next()) {
        transitions.add(rows.getString(1), rows.getString(2), rows.getString(3));
      }
    }
    return transitions;
  }

  void add(String state, String event, String nextState) {
    next.computeIfAbsent(state, s -> new HashMap<>())
        .merge(event, nextState, (one, other) -> rank(one) <= rank(other) ? one : other);
  }

  /** The state after an event; the same if the event does nothing to it. */
  String after(String state, String event) {
    return next.getOrDefault(state, Map.of()).getOrDefault(event, state);
  }

  private static int rank(String state) {
    int place = PREFERRED.indexOf(state);
    return place < 0 ? PREFERRED.size() : place;
  }
}

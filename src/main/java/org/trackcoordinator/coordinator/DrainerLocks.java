package org.trackcoordinator.coordinator;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * The locks by which a drainer of events tells writers whether it is to be told: see the function
 * {@code wake_drainer}. They belong to one connection and end with it.
 */
final class DrainerLocks {

  /** What the writers know of this drainer. */
  enum State {
    /** Nothing: they tell, or another drainer speaks for this one. */
    UNKNOWN,
    AWAKE,
    /** It looks once more after it got here; from then on it is told of everything. */
    ASLEEP,
    /** Another one is asleep, and what that one is told all hear. */
    ASLEEP_BESIDE_ANOTHER
  }

  private static final String SLEEP =
      """
      case when pg_try_advisory_lock(8210, 1) then 'ASLEEP'
           when not pg_try_advisory_lock_shared(8210, 1) then 'ASLEEP_BESIDE_ANOTHER'
           when pg_advisory_unlock_shared(8210, 1) then 'UNKNOWN' end
      """;
  private static final String WAKE =
      "case when pg_try_advisory_lock(8210, 3) then 'AWAKE' else 'UNKNOWN' end";

  private final Statement statement;
  private State state = State.UNKNOWN;
  private boolean triedAwake;

  DrainerLocks(Statement statement) {
    this.statement = statement;
  }

  boolean areForSleep() {
    return state == State.ASLEEP || state == State.ASLEEP_BESIDE_ANOTHER;
  }

  /**
   * The drainer sleeps. While a writer is in between this can't be told, and is to be tried again.
   *
   * @return whether it has to look once more
   */
  boolean sleep() throws SQLException {
    triedAwake = false;
    state = ask(state == State.AWAKE ? "pg_advisory_unlock(8210, 3)" : "", SLEEP);
    return state == State.ASLEEP;
  }

  /** The drainer is awake. If another one is known to be, that is enough. */
  void wake() throws SQLException {
    if (state != State.AWAKE && !triedAwake) {
      triedAwake = true;
      state = ask(state == State.ASLEEP ? "pg_advisory_unlock(8210, 1)" : "", WAKE);
    }
  }

  /** The drainer is not there; if writers thought that it was, the others are told to look. */
  void leave() throws SQLException {
    triedAwake = false;
    if (state == State.AWAKE) {
      state = ask("pg_advisory_unlock(8210, 3), pg_notify('track_events', '')", "'UNKNOWN'");
    }
  }

  /** Others may have gone to sleep or died: the next time all is tried anew. */
  void doubt() {
    triedAwake = false;
    if (state == State.ASLEEP_BESIDE_ANOTHER) {
      state = State.UNKNOWN;
    }
  }

  private State ask(String letGo, String take) throws SQLException {
    String both = letGo.isEmpty() ? take : letGo + ", " + take;
    try (ResultSet answer = statement.executeQuery("select " + both)) {
      answer.next();
      return State.valueOf(answer.getString(answer.getMetaData().getColumnCount()));
    }
  }
}

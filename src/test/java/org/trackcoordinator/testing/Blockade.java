package org.trackcoordinator.testing;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.awaitility.Awaitility;

/**
 * Forces an interleaving of transactions: stops sessions at a chosen place until it is opened, and
 * tells when they have arrived.
 */
public final class Blockade implements AutoCloseable {

  private static final long LOCK = 471_147;

  private final CoordinatedDatabase database;
  private final Connection holder;
  private final String table;

  private Blockade(CoordinatedDatabase database, String table) throws SQLException {
    this.database = database;
    this.table = table;
    this.holder = database.plain().getConnection();
    this.holder.setAutoCommit(false);
  }

  /** Stops whoever wants to change the rows that this {@code select … for update} returns. */
  public static Blockade ofRows(CoordinatedDatabase database, String select, Object... parameters)
      throws SQLException {
    Blockade blockade = new Blockade(database, null);
    try (PreparedStatement lock = blockade.holder.prepareStatement(select)) {
      for (int i = 0; i < parameters.length; i++) {
        lock.setObject(i + 1, parameters[i]);
      }
      if (!lock.executeQuery().next()) {
        throw new IllegalStateException("there is no row to lock: " + select);
      }
    }
    return blockade;
  }

  /**
   * Stops whoever inserts a row into this table of ours that meets the condition on {@code new}.
   */
  public static Blockade ofInserts(CoordinatedDatabase database, String table, String condition)
      throws SQLException {
    Blockade blockade = new Blockade(database, table);
    try (Statement statement = blockade.holder.createStatement()) {
      statement.execute(
          """
          create or replace function public.test_blockade() returns trigger language plpgsql as $$
          begin perform pg_advisory_xact_lock_shared(%d); return new; end $$;
          create trigger test_blockade before insert on %s for each row when (%s)
            execute function public.test_blockade()
          """
              .formatted(LOCK, table, condition));
      blockade.holder.commit();
      statement.execute("select pg_advisory_xact_lock(%d)".formatted(LOCK));
    }
    return blockade;
  }

  /** Waits until this many sessions of the database stand still, here or behind one that does. */
  public void awaitStopped(int sessions) {
    Awaitility.await(sessions + " sessions wait for a lock")
        .atMost(Duration.ofSeconds(30))
        .until(() -> database.waitingForLocks() == sessions);
  }

  /** Lets them go. */
  public void open() throws SQLException {
    holder.rollback();
  }

  @Override
  public void close() throws SQLException {
    open();
    if (table != null) {
      try (Statement statement = holder.createStatement()) {
        statement.execute("drop trigger test_blockade on " + table);
        holder.commit();
      }
    }
    holder.close();
  }
}

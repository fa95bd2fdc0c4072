package org.trackcoordinator.testing;

import java.util.UUID;

/** Makes inserts that concern one run fail, until it is closed. */
public final class Poison implements AutoCloseable {

  private final CoordinatedDatabase database;
  private final String table;

  /**
   * Of the log.
   *
   * @param condition on the row {@code new}
   */
  public Poison(CoordinatedDatabase database, String condition, UUID run) {
    this(database, "public.processing_logs", condition, run);
  }

  /**
   * Of any table.
   *
   * @param condition on the row {@code new}
   */
  public Poison(CoordinatedDatabase database, String table, String condition, UUID run) {
    this.database = database;
    this.table = table;
    database
        .sql()
        .execute(
            """
            create or replace function public.test_poison() returns trigger language plpgsql as $$
            begin raise exception 'test poison' using errcode = 'check_violation'; end $$;
            create trigger test_poison before insert on %s for each row
              when (new.correlation_id = '%s' and %s) execute function public.test_poison()
            """
                .formatted(table, run, condition));
  }

  @Override
  public void close() {
    database.sql().execute("drop trigger test_poison on " + table);
  }
}

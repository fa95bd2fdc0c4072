package org.trackcoordinator.database;

import java.sql.SQLException;
import java.util.HashSet;
import java.util.Set;

/** What our programs might leave in sessions of the server that are another client's next. */
public final class SessionTraces {

  private static final int MANY = 30; // a pooler goes round its sessions

  /** All that we set, lock or listen to anywhere, as a client sees it that does nothing. */
  private static final String SQL =
      """
      select concat_ws(' ', nullif(current_setting('track.own', true), ''), current_setting('lock_timeout'), current_setting('statement_timeout'),
                       current_setting('idle_in_transaction_session_timeout'), current_setting('enable_seqscan'),
                       current_setting('plan_cache_mode'), current_setting('search_path'), current_setting('role'),
                       current_setting('default_transaction_isolation'), current_setting('default_transaction_read_only'),
                       (select count(*) from pg_locks where pid = pg_backend_pid() and locktype = 'advisory'),
                       (select count(*) from pg_listening_channels()), (select count(*) from pg_prepared_statements))
      """;

  private SessionTraces() {}

  /** One text where all sessions are alike. */
  public static Set<String> in(Database database) throws SQLException {
    Set<String> traces = new HashSet<>();
    for (int i = 0; i < MANY; i++) {
      traces.addAll(Query.column(database.plain(), SQL));
    }
    return traces;
  }
}

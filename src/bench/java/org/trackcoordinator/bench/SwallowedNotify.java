package org.trackcoordinator.bench;

import java.util.List;

/**
 * A database whose NOTIFY reaches nobody, as behind a pooler: until it is closed our functions
 * call, instead of {@code pg_notify}, one that does nothing.
 */
final class SwallowedNotify implements AutoCloseable {

  private final Sql sql;
  private final List<String> functions;

  SwallowedNotify(Sql sql) throws Exception {
    this.sql = sql;
    functions =
        sql.list(
            """
            select pg_get_functiondef(oid) from pg_proc
             where pronamespace = cast('track_coordination' as regnamespace) and prosrc like '%pg_notify(%'
            """);
    sql.execute(
        "create function bench.swallow(channel text, payload text) returns void language sql as ''");
    for (String function : functions) {
      sql.execute(function.replace("pg_notify(", "bench.swallow("));
    }
  }

  @Override
  public void close() throws Exception {
    sql.execute(functions.toArray(String[]::new));
    sql.execute("drop function bench.swallow");
  }
}

package org.trackcoordinator.bench;

import java.io.PrintWriter;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.trackcoordinator.cli.Table;

/** Which statements a round spent the server's time in, by pg_stat_statements. */
final class Statements {

  private static final int MOST = 6;
  private static final int WIDTH = 90;

  private final Sql sql;

  Statements(Sql sql) {
    this.sql = sql;
  }

  /** Forgets what came before. */
  void begin() throws SQLException {
    sql.text("select pg_stat_statements_reset()");
  }

  /** Prints those that took longest since. */
  void print(String candidate, long hops, PrintWriter out) throws SQLException {
    String query =
        """
        select left(regexp_replace(query, '\\s+', ' ', 'g'), ?) as statement, calls, rows,
               total_exec_time * 1000 / ? as micros_per_hop
          from pg_stat_statements
         where dbid = (select oid from pg_database where datname = current_database())
         order by total_exec_time desc limit ?
        """;
    Table table =
        new Table(candidate, "calls", "rows", "elapsed µs/hop")
            .right("calls", "rows", "elapsed µs/hop");
    for (List<String> row : rows(query, hops)) {
      table.row(row.toArray());
    }
    table.print(out);
  }

  private List<List<String>> rows(String query, long hops) throws SQLException {
    List<List<String>> all = new ArrayList<>();
    try (PreparedStatement top = sql.connection().prepareStatement(query)) {
      top.setInt(1, WIDTH);
      top.setLong(2, hops);
      top.setInt(3, MOST);
      try (ResultSet rows = top.executeQuery()) {
        while (rows.next()) {
          all.add(
              List.of(
                  rows.getString(1),
                  rows.getString(2),
                  rows.getString(3),
                  String.format(Locale.ROOT, "%.1f", rows.getDouble(4))));
        }
      }
    }
    return all;
  }
}

package org.trackcoordinator.bench;

import java.sql.PreparedStatement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The log rows of each hop by plain INSERT into a table like the log with nothing but its primary
 * key: no queue, no state, no coordination. What these rows cost at the least.
 */
final class InsertLimit implements Candidate {

  private static final int CONNECTIONS = 2;
  private static final int HOPS_IN_A_TRANSACTION = 1000;

  private final Bed bed;
  private final String name;
  private final List<String> events;
  private final boolean payloadInEach;
  private final int transactions;

  /**
   * @param events a row of each is a hop
   * @param payloadInEach or else in the completed row only
   * @param hops about so many
   */
  InsertLimit(Bed bed, String name, List<String> events, boolean payloadInEach, int hops) {
    this.bed = bed;
    this.name = name;
    this.events = events;
    this.payloadInEach = payloadInEach;
    this.transactions = Math.max(1, hops / HOPS_IN_A_TRANSACTION / CONNECTIONS);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Bed bed() {
    return bed;
  }

  @Override
  public Round prepare() throws Exception {
    bed.ground()
        .sql()
        .execute(
            "drop table if exists bench.plain_log",
            """
            create table bench.plain_log (
              event_id bigint generated always as identity primary key, user_id text, track_id text, event_type text,
              correlation_id uuid, attempt int, source_track text, payload jsonb, metadata jsonb,
              created_at timestamptz default now())
            """);
    List<Sql> connections = new ArrayList<>();
    for (int index = 0; index < CONNECTIONS; index++) {
      connections.add(bed.database().sql());
    }
    return new Round() {
      @Override
      public long hops() {
        return (long) transactions * CONNECTIONS * HOPS_IN_A_TRANSACTION;
      }

      @Override
      public void go() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(CONNECTIONS);
        List<Future<?>> inserting = new ArrayList<>();
        for (Sql connection : connections) {
          inserting.add(threads.submit(() -> insert(connection)));
        }
        threads.shutdown();
        for (Future<?> each : inserting) {
          each.get();
        }
      }

      @Override
      public void verify(boolean last) throws Exception {
        long rows = bed.ground().sql().number("select count(*) from bench.plain_log");
        if (rows != hops() * events.size()) {
          throw new IllegalStateException(rows + " rows of " + hops() + " hops");
        }
      }

      @Override
      public void close() throws Exception {
        for (Sql connection : connections) {
          connection.close();
        }
        bed.ground().sql().execute("drop table bench.plain_log");
      }
    };
  }

  private Void insert(Sql connection) throws Exception {
    String insert =
        """
        insert into bench.plain_log (user_id, track_id, event_type, correlation_id, attempt, payload)
        select 'somebody', 'drive', e.event_type, '018f3c52-0d3f-7e0e-9a57-0b6a1f2f7c11', 1,
               case when ? or e.event_type = 'completed' then cast(? as jsonb) end
          from generate_series(1, ?), unnest(cast(? as text[])) e (event_type)
        """;
    try (PreparedStatement statement = connection.connection().prepareStatement(insert)) {
      statement.setBoolean(1, payloadInEach);
      statement.setString(2, Payload.JSON);
      statement.setInt(3, HOPS_IN_A_TRANSACTION);
      statement.setString(4, "{" + String.join(",", events) + "}");
      for (int count = 0; count < transactions; count++) {
        statement.executeUpdate();
      }
    }
    return null;
  }
}

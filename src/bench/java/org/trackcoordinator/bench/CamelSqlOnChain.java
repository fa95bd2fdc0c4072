package org.trackcoordinator.bench;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.util.List;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.main.Main;
import org.apache.camel.main.SimpleMainShutdownStrategy;

/**
 * The chain of four on Apache Camel as a tutorial on its sql component does it, row by row: poll
 * the pending rows of a track, mark each, insert the row of the next track. More generous than a
 * tutorial is: greedy, and with an index on what is pending.
 */
final class CamelSqlOnChain implements Candidate {

  private static final String ROUTE = "camel-sql-";

  private static final String TABLE =
      """
      create table if not exists bench.track_rows (
        id bigint generated always as identity primary key, run_id uuid not null, track text not null,
        status text not null default 'pending', payload jsonb, created_at timestamptz not null default now())
      """;

  private static final String INDEX =
      "create index if not exists track_rows_pending on bench.track_rows (track, id) where status = 'pending'";

  private final Bed bed;
  private final int runs;

  CamelSqlOnChain(Bed bed, int runs) {
    this.bed = bed;
    this.runs = runs;
  }

  @Override
  public String name() {
    return "camel-sql";
  }

  @Override
  public Bed bed() {
    return bed;
  }

  @Override
  public Round prepare() throws Exception {
    Sql sql = bed.ground().sql();
    sql.execute(TABLE, INDEX, "truncate bench.track_rows");
    sql.number(
        "with i as (insert into bench.track_rows (run_id, track, payload) select gen_random_uuid(), ?, ?::jsonb from generate_series(1, ?) returning 1) select count(*) from i",
        Workflows.CHAIN.get(0),
        Payload.JSON,
        runs);
    sql.execute("vacuum analyze bench.track_rows");
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(bed.database().url());
    HikariDataSource pool = new HikariDataSource(config);
    Main camel = new Main();
    camel.setShutdownStrategy(new SimpleMainShutdownStrategy());
    camel.bind("benchDataSource", pool);
    camel.configure().addRoutesBuilder(routes());
    camel.start();
    return new Round() {
      @Override
      public long hops() {
        return (long) runs * Workflows.CHAIN.size();
      }

      @Override
      public void go() throws Exception {
        for (String track : Workflows.CHAIN) {
          camel.getCamelContext().getRouteController().startRoute(ROUTE + track);
        }
        sql.await(
            "the last track of all runs is done",
            "select not exists (select from bench.track_rows where status = 'pending')");
      }

      @Override
      public void verify(boolean last) throws Exception {
        long done =
            sql.number(
                "select count(distinct (run_id, track)) from bench.track_rows where status = 'done'");
        long rows = sql.number("select count(*) from bench.track_rows");
        if (done != hops() || rows != hops()) {
          throw new IllegalStateException(done + " of " + rows + " rows are done");
        }
      }

      @Override
      public void close() throws Exception {
        camel.stop();
        pool.close();
        sql.execute("drop table bench.track_rows");
      }
    };
  }

  private static RouteBuilder routes() {
    return new RouteBuilder() {
      @Override
      public void configure() {
        List<String> tracks = Workflows.CHAIN;
        for (int index = 0; index < tracks.size(); index++) {
          var route =
              from(poll(tracks.get(index)))
                  .routeId(ROUTE + tracks.get(index))
                  .autoStartup(false)
                  .setHeader("run", simple("${body[run_id]}"))
                  .setHeader("payload", constant(Payload.JSON));
          if (index + 1 < tracks.size()) {
            route.to(
                "sql:insert into bench.track_rows (run_id, track, payload) values (CAST(:#run AS uuid), '%s', CAST(:#payload AS jsonb))?dataSource=#benchDataSource"
                    .formatted(tracks.get(index + 1)));
          }
        }
      }
    };
  }

  private static String poll(String track) {
    return "sql:select id, run_id, CAST(payload AS text) as payload from bench.track_rows where track = '"
        + track
        + "' and status = 'pending' order by id"
        + "?onConsume=update bench.track_rows set status = 'done' where id = :#id"
        + "&dataSource=#benchDataSource&greedy=true&maxMessagesPerPoll=100&initialDelay=0&delay=500";
  }
}

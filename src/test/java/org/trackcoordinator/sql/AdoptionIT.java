package org.trackcoordinator.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.trackcoordinator.coordinator.Coordinator;
import org.trackcoordinator.testing.Counts;
import org.trackcoordinator.testing.Graphs;

/**
 * A host with a log of its own, years of rows, other columns, triggers and writers that never stop,
 * takes the coordinator on and puts it off again: nobody waits, and what it had stays as it was.
 */
@Tag("processing-logs")
class AdoptionIT {

  private static final int LEGACY = Counts.of(20_000, 1_000_000);
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(1);

  private static final String TABLE =
      """
      create table public.processing_logs (
        id %s primary key,
        user_id uuid not null,
        status text not null default 'new',
        severity int not null default 3 check (severity between 0 and 7),
        tags text[] not null default '{}',
        changed_at timestamptz,
        event_type text,
        payload jsonb);
      create index processing_logs_user on public.processing_logs (user_id);
      create table public.seen (what text not null, rows bigint not null default 0);
      create function stamp() returns trigger language plpgsql as
        'begin new.changed_at := clock_timestamp(); return new; end';
      create function note_row() returns trigger language plpgsql as
        'begin insert into seen values (tg_when || '' row'', 1); return null; end';
      create function note_statement() returns trigger language plpgsql as
        'begin insert into seen values (tg_when || '' statement'', 1); return null; end';
      create trigger a_before before insert or update on public.processing_logs for each row execute function stamp();
      create trigger z_after after insert or update or delete on public.processing_logs for each row execute function note_row();
      create trigger a_first before insert on public.processing_logs for each statement execute function note_statement();
      create trigger z_last after insert on public.processing_logs for each statement execute function note_statement();
      """;

  /** The host's columns of its own rows, where they lie, and who wrote them when. */
  private static final String ROWS =
      """
      select count(*) || ' ' || md5(string_agg(md5(row(ctid, xmin, id, user_id, status, severity, tags, changed_at, event_type, payload)::text), '' order by ctid))
        from public.processing_logs where status = 'done'
      """;

  /** All that the host said about its table, but for what our migrations add and take away. */
  private static final String SHAPE =
      """
      select string_agg(line, E'\\n' order by line) from (
        select format('column %s %s %s %s', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid)) as line
          from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
         where a.attrelid = 'public.processing_logs'::regclass and a.attnum > 0 and not a.attisdropped
        union all
        select format('trigger %s %s', pg_get_triggerdef(oid), tgenabled) from pg_trigger where tgrelid = 'public.processing_logs'::regclass and not tgisinternal
        union all
        select pg_get_indexdef(indexrelid) from pg_index where indrelid = 'public.processing_logs'::regclass
        union all
        select pg_get_constraintdef(oid) from pg_constraint where conrelid = 'public.processing_logs'::regclass and contype <> 'n'
        union all
        select format('%s may %s', a.grantee::regrole, a.privilege_type) from pg_class c cross join aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) a
         where c.oid = 'public.processing_logs'::regclass
        union all
        select format('%s may %s %s', a.grantee::regrole, a.privilege_type, t.attname) from pg_attribute t cross join aclexplode(t.attacl) a
         where t.attrelid = 'public.processing_logs'::regclass
        union all
        select format('row level security %s %s, %s policies', relrowsecurity, relforcerowsecurity, (select count(*) from pg_policy where polrelid = c.oid))
          from pg_class c where c.oid = 'public.processing_logs'::regclass) said
      """;

  private static final String FILE =
      "select cast(pg_relation_filenode('public.processing_logs') as text)";

  @RegisterExtension final HostDatabase host = new HostDatabase();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "bigint | bigint generated always as identity",
        "uuid | uuid default gen_random_uuid()",
      })
  void aHostTakesItOnAndPutsItOffWithoutAPause(String name, String key) throws Exception {
    JdbcTemplate owner = host.owner();
    owner.execute(TABLE.formatted(key));
    UUID user = UUID.randomUUID();
    owner.execute("alter table public.processing_logs disable trigger user");
    owner.update(
        """
        insert into public.processing_logs (user_id, status, event_type, payload)
        select cast(? as uuid), 'done', (array['completed', 'mail_received', null, 'failed'])[1 + n % 4], jsonb_build_object('n', n)
          from generate_series(1, ?) n
        """,
        user, LEGACY);
    owner.execute("alter table public.processing_logs enable trigger user");
    String shape = text(SHAPE);
    String rows = text(ROWS);
    String file = text(FILE);

    try (Writers writers = new Writers(user)) {
      writers.awaitThatAllWrite();
      host.migrate();
      writers.report(name + " key, " + LEGACY + " rows, while it was migrated");
      assertThat(text(ROWS)).isEqualTo(rows);
      assertThat(text(FILE)).as("no rewrite").isEqualTo(file);
      assertThat(text(SHAPE).lines()).containsAll(shape.lines().toList());
      assertThat(
              owner.queryForObject(
                  "select count(*) from public.processing_logs where status = 'done' and num_nonnulls(event_id, correlation_id, track_id) > 0",
                  Long.class))
          .as("legacy rows that were given something")
          .isZero();

      host.load(Graphs.CHAIN);
      try (Coordinator coordinator = host.coordinator()) {
        UUID run =
            owner.queryForObject(
                "select track_coordination.start_run('chain', user_id => ?)",
                UUID.class,
                user.toString());
        for (String track : List.of("gmail", "drive", "freee")) {
          await()
              .atMost(Duration.ofSeconds(30))
              .until(
                  () ->
                      owner
                              .queryForList(
                                  "select * from track_coordination.claim_work(?, 'w', 1, '1 hour')",
                                  track)
                              .size()
                          == 1);
          owner.queryForList("select track_coordination.complete_work(?, ?, 1)", run, track);
        }
        await()
            .atMost(Duration.ofSeconds(30))
            .until(
                () -> host.texts("select state from track_coordination.runs"),
                List.of("completed")::equals);
      }
      host.runScript("row-level-security/enable.sql");
      host.runScript("uninstall/uninstall.sql");
      writers.report(name + " key, " + LEGACY + " rows, with the uninstallation");
      writers.awaitThatAllWrite();
    }
    assertThat(text(ROWS)).isEqualTo(rows);
    assertThat(text(FILE)).isEqualTo(file);
    assertThat(text(SHAPE)).isEqualTo(shape);
    long written =
        owner.queryForObject(
            "select count(*) from public.processing_logs where status = 'new'", Long.class);
    assertThat(
            owner.queryForObject(
                "select count(*) from public.seen where what = 'AFTER row'", Long.class))
        .as("each row met the host's triggers, ours too")
        .isEqualTo(written);
    assertThat(text("select cast(to_regnamespace('track_coordination') as text)")).isNull();
  }

  private String text(String query) {
    return host.owner().queryForObject(query, String.class);
  }

  /**
   * Programs of the host: two insert as fast as they can, each row in a transaction of its own; one
   * holds its transactions open for a while, so that migrations have to wait for it.
   */
  private final class Writers implements AutoCloseable {

    private final ExecutorService threads = Executors.newFixedThreadPool(4);
    private final List<Future<?>> ends = new ArrayList<>();
    private final AtomicBoolean writing = new AtomicBoolean(true);
    private final List<AtomicLong> counts =
        List.of(new AtomicLong(), new AtomicLong(), new AtomicLong());
    private final AtomicLong longestInsert = new AtomicLong();
    private final AtomicLong longestLock = new AtomicLong();
    private final UUID user;

    Writers(UUID user) {
      this.user = user;
      ends.add(threads.submit(() -> write(counts.get(0), 0)));
      ends.add(threads.submit(() -> write(counts.get(1), 0)));
      ends.add(threads.submit(() -> write(counts.get(2), 200)));
      ends.add(threads.submit(this::watch));
    }

    void awaitThatAllWrite() {
      List<Long> before = counts.stream().map(AtomicLong::get).toList();
      await()
          .atMost(Duration.ofSeconds(30))
          .until(
              () -> {
                for (int i = 0; i < counts.size(); i++) {
                  if (counts.get(i).get() < before.get(i) + 2) {
                    return ends.stream().anyMatch(Future::isDone);
                  }
                }
                return true;
              });
    }

    /**
     * What they waited for so far, the lock of a migration or the machine, and for the lock alone.
     */
    void report(String when) {
      Duration lock = Duration.ofNanos(longestLock.get());
      System.out.printf(
          "AdoptionIT: %s: %d rows written, the longest INSERT took %d ms, the longest wait for a lock %d ms%n",
          when,
          counts.stream().mapToLong(AtomicLong::get).sum(),
          TimeUnit.NANOSECONDS.toMillis(longestInsert.get()),
          lock.toMillis());
      assertThat(lock).isLessThan(LONGEST_WAIT);
    }

    private Void write(AtomicLong count, int holdMillis) throws SQLException {
      try (Connection connection = connect();
          PreparedStatement insert =
              connection.prepareStatement(
                  "insert into public.processing_logs (user_id, severity) values (?, 4)");
          Statement sleep = connection.createStatement()) {
        insert.setObject(1, user);
        connection.setAutoCommit(false);
        while (writing.get()) {
          long begun = System.nanoTime();
          insert.execute();
          longestInsert.accumulateAndGet(System.nanoTime() - begun, Math::max);
          if (holdMillis > 0) {
            sleep.execute("select pg_sleep(" + holdMillis / 1e3 + ")");
          }
          connection.commit();
          count.incrementAndGet();
        }
      }
      return null;
    }

    /** The server knows since when a session waits for a lock. */
    private Void watch() throws SQLException {
      try (Connection connection = connect();
          PreparedStatement ask =
              connection.prepareStatement(
                  """
                  select coalesce(max(extract(epoch from clock_timestamp() - l.waitstart) * 1000000000), 0)
                    from pg_locks l
                   where not l.granted and l.relation = 'public.processing_logs'::regclass and l.mode = 'RowExclusiveLock'
                  """)) {
        while (writing.get()) {
          try (var answer = ask.executeQuery()) {
            answer.next();
            longestLock.accumulateAndGet(answer.getLong(1), Math::max);
          }
        }
      }
      return null;
    }

    private Connection connect() throws SQLException {
      return host.newConnection();
    }

    @Override
    public void close() throws Exception {
      writing.set(false);
      threads.shutdown();
      for (Future<?> end : ends) {
        end.get(30, TimeUnit.SECONDS);
      }
    }
  }
}

package org.trackcoordinator.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.camel.builder.RouteBuilder;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.trackcoordinator.testing.CoordinatedDatabase;
import org.trackcoordinator.testing.Graphs;
import org.trackcoordinator.testing.LogLines;
import org.trackcoordinator.testing.Login;

/** What a login can do that may connect, or may INSERT into the log, and nothing else. */
@Tag("track-coordination")
class HostileSessionsIT {

  @RegisterExtension
  static final CoordinatedDatabase database =
      CoordinatedDatabase.coordinated(HostileSessionsIT::workers);

  private Login login;

  @BeforeEach
  void load() {
    database.load(Graphs.CHAIN);
    login = Login.memberOf("", database.sql(), database.database().url());
  }

  @AfterEach
  void close() throws SQLException {
    login.close();
  }

  private static RouteBuilder workers() {
    return new RouteBuilder() {
      @Override
      public void configure() {
        for (String handler : List.of("gmail", "drive", "freee")) {
          from("kamelet:track-source/test-" + handler + "?handler=" + handler)
              .routeId(handler)
              .setBody(constant("{}"));
        }
      }
    };
  }

  /**
   * A NOTIFY is a hint to look: whoever sends many makes nobody look more often than is cheap. Of
   * large ones not more is kept than fits into memory.
   */
  @ParameterizedTest
  @CsvSource({
    "track_events, 7980",
    "track_events, 0",
    "track_work, 7980",
    "track_work, 0",
    "track_leases, 7980",
    "track_runs, 0",
  })
  void aFloodOfNotificationsIsHeardAndDoesNoHarm(String channel, int length) throws Exception {
    AtomicBoolean flooding = new AtomicBoolean(true);
    AtomicLong sent = new AtomicLong();
    String junk = "'; drop table x; --".repeat(1 + length / 19).substring(0, length);
    // of one text a transaction sends one, so that each has one of its own; they commit in the
    // server, which is faster than anybody looks, however busy the machine is
    String notifications =
        length > 0
            ? "select pg_notify('%s', '%s' || n) from generate_series(1, 200) n"
                .formatted(channel, junk.replace("'", "''"))
            : "do $$ begin for n in 1..200 loop perform pg_notify('%s', ''); commit; end loop; end $$"
                .formatted(channel);
    Thread flood =
        new Thread(
            () -> {
              while (flooding.get()) {
                login.sql().execute(notifications);
                sent.addAndGet(200);
              }
            },
            "flood");
    flood.start();
    long looks;
    try (LogLines lines = new LogLines()) {
      Awaitility.await().until(() -> sent.get() > 1_000);
      long before = looks();
      long begun = System.nanoTime();
      for (int i = 0; i < 20; i++) {
        database.startRun("chain");
      }
      database.awaitRunsEnded(20);
      Awaitility.await().until(() -> System.nanoTime() - begun > Duration.ofSeconds(2).toNanos());
      assertThat(lines.matching("(WARN|ERROR|.*drop table).*"))
          .allMatch(line -> length > 0 && line.contains("some login floods the channels"));
      flooding.set(false);
      flood.join();
      database.sql().queryForList("select pg_sleep(1.2)"); // until sessions told what they read
      looks = looks() - before;
    } finally {
      flooding.set(false);
      flood.join();
    }
    System.out.printf(
        "HostileSessionsIT: %d notifications on %s, %d looks%n", sent.get(), channel, looks);
    assertThat(looks).as("of %d notifications", sent.get()).isLessThan(sent.get() / 3);
    Awaitility.await()
        .atMost(Duration.ofMinutes(1))
        .until(() -> database.running().metrics().scrape().contains("tracks_wake_up_push 1.0"));
    database.awaitSettled();
  }

  @Test
  void aRowThatIsInsertedAgainHasNoEffectWhateverItsNumberAndTime() throws Exception {
    UUID run = database.startRun("chain");
    database.awaitRunsEnded(1);
    database.sql().execute("grant insert on public.processing_logs to " + login.name());
    List<String> chain = database.chain(run);
    List<Map<String, Object>> rows =
        database
            .sql()
            .queryForList(
                "select event_id, track_id, event_type, attempt from processing_logs where correlation_id = ? order by event_id",
                run);
    for (String time : List.of("-infinity", "1970-01-01", "9999-01-01")) {
      for (Map<String, Object> row : rows) {
        login
            .sql()
            .update(
                "insert into processing_logs (correlation_id, track_id, event_type, attempt, created_at) values (?, ?, ?, ?, cast(? as timestamptz))",
                run,
                row.get("track_id"),
                row.get("event_type"),
                row.get("attempt"),
                time);
      }
    }
    database.awaitSettled();
    assertThat(database.state(run)).isEqualTo("completed");
    assertThat(database.fates(run)).hasSize(3 * rows.size());
    assertThat(
            database.count(
                "select count(*) from track_coordination.event_fates where fate not in ('duplicate', 'late', 'ignored')"))
        .isZero();
    assertThat(database.chain(run).subList(0, chain.size())).isEqualTo(chain);
  }

  /** Leases and timeouts go by the clock of the database. */
  @ParameterizedTest
  @ValueSource(strings = {"-infinity", "1970-01-01", "9999-01-01", "infinity"})
  void theTimeThatAWriterGivesEndsNoAttempt(String time) {
    database.load(
        "workflow: slow\ndefaults: {timeout: 1h, triggerTimeout: 1h}\ndeadline: 2h\ntracks:\n  scan: {}\n  mail: {dependsOn: [scan]}\n");
    database.sql().execute("grant insert on public.processing_logs to " + login.name());
    UUID run = UUID.randomUUID();
    for (String event : List.of("scan completed", "mail started")) {
      login
          .sql()
          .update(
              "insert into processing_logs (correlation_id, track_id, event_type, created_at) values (?, ?, ?, cast(? as timestamptz))",
              run,
              event.split(" ")[0],
              event.split(" ")[1],
              time);
      database.awaitSettled();
    }
    database.awaitState(run, "mail", "started");
    database.passTime(Duration.ofMinutes(59));
    database.awaitSettled();
    assertThat(database.state(run, "mail")).isEqualTo("started");
    assertThat(database.state(run)).isEqualTo("running");
    database.passTime(Duration.ofMinutes(2));
    database.awaitState(run, "mail", "triggered"); // the next attempt
  }

  /** The setting that tells our own rows from others is no secret: its misuse harms nobody. */
  @Test
  @Tag(CoordinatedDatabase.BREAKS_INVARIANTS)
  void whoPassesHisRowOffAsOursIsNotHeardAndAuditFindsIt() {
    database.sql().execute("grant insert on public.processing_logs to " + login.name());
    database.leaveAlone();
    UUID run = database.startRun("chain");
    login.sql().execute("set track.own = on");
    login
        .sql()
        .update(
            "insert into processing_logs (correlation_id, track_id, event_type) values (?, 'freee', 'completed')",
            run);
    assertThat(
            database.count(
                "select count(*) from track_coordination.event_queue where event_type = 'completed'"))
        .isZero();
    database.sql().execute("delete from track_coordination.event_queue");
    assertThat(
            database.texts(
                "select track_id from track_coordination.audit() where invariant = 'every event has a fate'"))
        .containsExactly("freee");
  }

  /** How often the queues were looked into. */
  private static long looks() {
    return database.count(
        "select sum(seq_scan + idx_scan) from pg_stat_all_tables where relid in (cast('track_coordination.event_queue' as regclass), cast('track_coordination.work_queue' as regclass))");
  }
}

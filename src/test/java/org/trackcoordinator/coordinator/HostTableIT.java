package org.trackcoordinator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.JdbcTemplate;
import org.trackcoordinator.database.Database;
import org.trackcoordinator.database.Migrations;
import org.trackcoordinator.database.SharedPostgres;
import org.trackcoordinator.testing.Counts;
import org.trackcoordinator.workflow.WorkflowFiles;

/** A host's own processing_logs, in use for years, gets a coordinator. */
@Tag("processing-logs")
class HostTableIT {

  private final Database database = SharedPostgres.newDatabase();
  private final JdbcTemplate sql = new JdbcTemplate(database.plain());

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void aTableInUseIsMigratedAndCoordinatedAndItsRowsStayAsTheyWere() throws Exception {
    int legacy = Counts.of(5_000, 1_000_000);
    sql.execute(
        """
        create table public.processing_logs (
          id bigint generated always as identity primary key,
          user_id uuid not null,
          status text not null default 'new',
          severity int not null default 3 check (severity between 0 and 7),
          tags text[] not null default '{}',
          created_at timestamptz not null default now(),
          event_type text,
          payload jsonb)
        """);
    UUID user = UUID.randomUUID();
    sql.update(
        """
        insert into public.processing_logs (user_id, status, created_at, event_type, payload)
        select cast(? as uuid), 'done', timestamptz '2020-01-01' + n * interval '1 minute',
               (array['completed', 'mail_received', null, 'failed'])[1 + n % 4], jsonb_build_object('n', n)
          from generate_series(1, ?) n
        """,
        user, legacy);
    String before = checksum();

    Migrations.migrate(database.plain());
    assertThat(checksum()).isEqualTo(before);
    assertThat(
            sql.queryForObject(
                "select count(*) from public.processing_logs where event_id is not null or correlation_id is not null",
                Long.class))
        .isZero();
    assertThat(Migrations.migrate(database.plain()).applied()).isEmpty();

    new DefinitionStore(database.pool(), "test")
        .makeCurrent(
            WorkflowFiles.parse(
                "test.yaml",
                """
                workflow: chain
                tracks:
                  gmail: {}
                  drive: {dependsOn: [gmail]}
                  freee: {dependsOn: [drive]}
                """));
    RoutesFolder routes = RoutesFolder.at(Path.of("routes"));
    try (Coordinator coordinator =
        new Coordinator(database.pool(), database.plain(), routes)
            .with(CoordinationIT.workers("drive", "freee"))
            .start()) {
      UUID foreign = UUID.randomUUID();
      sql.update(
          "insert into public.processing_logs (user_id, correlation_id, track_id, event_type, payload) values (?, ?, 'gmail', 'completed', '{\"n\": 1}')",
          user,
          foreign);
      UUID started =
          sql.queryForObject(
              "select track_coordination.start_run('chain', '{\"n\": 2}', user_id => ?, completes => 'gmail')",
              UUID.class,
              user.toString());
      for (UUID run : List.of(foreign, started)) {
        Awaitility.await()
            .until(
                () ->
                    sql.queryForList(
                        "select state from track_coordination.runs where correlation_id = ?",
                        String.class,
                        run),
                List.of("completed")::equals);
      }
      assertThat(
              sql.queryForObject(
                  "select count(*) from public.processing_logs where event_id is not null and user_id = ? and status = 'new' and severity = 3",
                  Long.class,
                  user))
          .as("our rows: the host's defaults, the run's user")
          .isEqualTo(2 * 8L);
    }
    assertThat(checksum()).as("legacy rows").isEqualTo(before);
    assertThat(sql.queryForList("select * from track_coordination.audit()")).isEmpty();
  }

  /** Of the host's own columns in the rows that were there before. */
  private String checksum() {
    return sql.queryForObject(
        """
        select count(*) || ' ' || md5(string_agg(md5(row(id, user_id, status, severity, tags, created_at, event_type, payload)::text), '' order by id))
          from public.processing_logs where status = 'done'
        """,
        String.class);
  }
}

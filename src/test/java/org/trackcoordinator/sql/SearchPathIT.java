package org.trackcoordinator.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.trackcoordinator.coordinator.Coordinator;
import org.trackcoordinator.testing.Graphs;
import org.trackcoordinator.testing.Login;

/**
 * Where functions that run with their owner's rights look for names: nowhere where somebody else
 * could put something; and where the host's triggers, which run inside of them, find what they
 * mean.
 */
@Tag("track-coordination")
class SearchPathIT {

  private static final String STRICT = "search_path=pg_catalog, pg_temp";
  private static final String WITH_PUBLIC = "search_path=pg_catalog, public, pg_temp";

  /** Of a host that never thought of a search path. */
  private static final String HOST_TRIGGERS =
      """
      create table audit_trail (what text not null, by_whom text not null default current_user);
      create function note_it() returns trigger language plpgsql as
        'begin insert into audit_trail (what) values (new.track_id); return new; end';
      create trigger each_row before insert on processing_logs for each row execute function note_it();
      create function count_it() returns trigger language plpgsql as
        'begin perform count(*) from audit_trail; return null; end';
      create trigger each_statement after insert on processing_logs for each statement execute function count_it()
      """;

  @RegisterExtension final HostDatabase host = new HostDatabase();

  @BeforeEach
  void hostWithATable() {
    host.owner()
        .execute(
            "create table public.processing_logs (id bigint generated always as identity primary key, note text)");
  }

  @Test
  void isFixedForAllThatRunWithTheirOwnersRights() {
    host.migrate();
    assertThat(paths())
        .containsOnlyKeys(STRICT)
        .satisfies(p -> assertThat(p.get(STRICT)).isGreaterThan(30));
  }

  @Test
  void triggersOfTheHostFindWhatIsInPublic() throws Exception {
    host.owner().execute(HOST_TRIGGERS);
    host.migrate();
    assertThat(paths()).containsOnlyKeys(WITH_PUBLIC);
    assertThatARunIsDoneByOthers();
  }

  @Test
  void soDoThoseThatCameLaterOnceItIsSaid() throws Exception {
    host.migrate();
    host.owner().execute(HOST_TRIGGERS);
    host.owner().queryForList("select track_coordination.apply_grants()");
    assertThat(paths()).containsOnlyKeys(WITH_PUBLIC);
    assertThatARunIsDoneByOthers();
    host.owner()
        .execute(
            "drop trigger each_row on processing_logs; drop trigger each_statement on processing_logs");
    host.owner().queryForList("select track_coordination.apply_grants()");
    assertThat(paths()).containsOnlyKeys(STRICT);
  }

  @Test
  void wherePublicIsOpenToAnybodyItIsNotLookedInto() {
    host.owner().execute(HOST_TRIGGERS);
    host.superuser().execute("grant create on schema public to public");
    host.migrate();
    assertThat(paths()).containsOnlyKeys(STRICT);
  }

  /** Not while a coordinator runs: its own statements find what is in public. See docs/sql.md. */
  @Test
  void whatACallerPutsInItsWayIsNotFound() throws Exception {
    host.migrate();
    host.load(Graphs.CHAIN);
    UUID failed = UUID.randomUUID();
    UUID run = UUID.randomUUID();
    try (Coordinator coordinator = host.coordinator()) {
      for (UUID id : List.of(failed, run)) {
        host.owner().queryForList("select track_coordination.start_run('chain', '{}', ?)", id);
      }
      await()
          .until(() -> host.texts("select handler from track_coordination.work_queue").size() == 2);
      host.owner()
          .queryForList(
              "select track_coordination.record_track_event(null, 'gmail', 'failed', ?)", failed);
      await()
          .until(
              () -> host.texts("select state from track_coordination.runs order by 1"),
              List.of("failed", "running")::equals);
    }
    try (Login attacker = host.login("track_writer, track_worker, track_operator")) {
      host.owner().queryForList("select track_coordination.grant_handler(?, '*')", attacker.name());
      host.superuser()
          .execute(
              "create schema evil authorization "
                  + attacker.name()
                  + "; grant create on schema public to public; grant temporary on database "
                  + host.name()
                  + " to public");
      JdbcTemplate sql = attacker.sql();
      for (String schema : List.of("evil", "public", "pg_temp")) {
        putInTheWay(sql, schema);
      }
      sql.execute("set search_path = pg_temp, evil, public, pg_catalog");
      for (String call :
          List.of(
              "start_run('chain', '{\"a\": 1}', user_id => 'u', idempotency_key => 'k', completes => 'gmail')",
              "start_run_json('{\"workflow\": \"chain\"}')",
              "claim_work('gmail', 'w', 1, '1 hour')",
              "heartbeat('%s', 'gmail', 1, '1 hour', 'x')",
              "give_back('%s', 'gmail', 1)",
              "claim_work_json('{\"handler\": \"gmail\", \"worker\": \"w\"}')",
              "fail_work('%s', 'gmail', 1, 'Io', 'x', false)",
              "record_track_event('u', 'gmail', 'started', '%s', '{\"a\": 1}', '{\"attempt\": 1}')",
              "why_lost('%s', 1, 1)",
              "hold('drive')",
              "hold(correlation_id => '%s')",
              "release('drive')",
              "skip('%s', 'drive', '{\"a\": 1}')",
              "cancel_json('{\"correlationId\": \"%s\"}')",
              "retry('" + failed + "')")) {
        sql.queryForList("select * from track_coordination." + call.formatted(run));
      }
    }
  }

  /**
   * Functions, operators and tables of names that ours use, each of which would be the better
   * match.
   */
  private static void putInTheWay(JdbcTemplate sql, String schema) {
    for (String function :
        List.of(
            "now() returns timestamptz",
            "clock_timestamp() returns timestamptz",
            "octet_length(text) returns int",
            "jsonb_typeof(jsonb) returns text",
            "jsonb_build_object(text, uuid, text, text, text, text) returns jsonb",
            "format(text, text, text, text) returns text",
            "nextval(text) returns bigint",
            "pg_has_role(text, oid, text) returns boolean",
            "current_setting(text, boolean) returns text",
            "set_config(text, text, boolean) returns text",
            "array_agg(uuid) returns uuid[]",
            "cardinality(uuid[]) returns int",
            "same(uuid, uuid) returns boolean")) {
      sql.execute(
          "create function %s.%s language plpgsql as 'begin raise exception ''hijacked''; end'"
              .formatted(schema, function));
    }
    sql.execute(
        "create operator %1$s.= (leftarg = uuid, rightarg = uuid, procedure = %1$s.same)"
            .formatted(schema));
    sql.execute(
        "create table %1$s.runs (x int); create table %1$s.work_queue (x int)".formatted(schema));
  }

  /** With the rights of a producer, a worker and an operator, each of whom may do no INSERT. */
  private void assertThatARunIsDoneByOthers() throws Exception {
    host.load(Graphs.CHAIN);
    try (Login other = host.login("track_writer, track_worker, track_operator");
        Coordinator coordinator = host.coordinator()) {
      host.owner().queryForList("select track_coordination.grant_handler(?, '*')", other.name());
      JdbcTemplate sql = other.sql();
      UUID run =
          sql.queryForObject(
              "select track_coordination.start_run('chain', completes => 'gmail')", UUID.class);
      await()
          .until(
              () ->
                  sql.queryForList(
                              "select * from track_coordination.claim_work('drive', 'w', 1, '1 hour')")
                          .size()
                      == 1);
      sql.queryForList("select track_coordination.complete_work(?, 'drive', 1)", run);
      await()
          .until(
              () ->
                  host.texts(
                      "select state from track_coordination.activation_states where track_id = 'freee'"),
              List.of("triggered")::equals);
      sql.queryForList("select track_coordination.cancel(?)", run);
      UUID second = sql.queryForObject("select track_coordination.start_run('chain')", UUID.class);
      await()
          .until(
              () -> {
                try {
                  sql.queryForList("select track_coordination.skip(?, 'gmail')", second);
                  return true;
                } catch (DataAccessException early) {
                  return false;
                }
              });
      await()
          .until(
              () ->
                  host.texts(
                      "select state from track_coordination.runs where correlation_id = ?", second),
              List.of("completed")::equals);
      assertThat(host.texts("select what from audit_trail")).contains("gmail", "drive", "freee");
    }
  }

  /** How many functions have which. */
  private Map<String, Long> paths() {
    return host.owner()
        .query(
            "select (select c from unnest(p.proconfig) c where c like 'search_path=%') as path, count(*) as functions from pg_proc p"
                + " where p.pronamespace = cast('track_coordination' as regnamespace) and p.prosecdef and p.prorettype <> cast('trigger' as regtype)"
                + " group by 1",
            rows -> {
              Map<String, Long> paths = new TreeMap<>();
              while (rows.next()) {
                paths.put(rows.getString("path"), rows.getLong("functions"));
              }
              return paths;
            });
  }
}

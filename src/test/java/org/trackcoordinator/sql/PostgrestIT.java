package org.trackcoordinator.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.trackcoordinator.coordinator.Coordinator;
import org.trackcoordinator.testing.Graphs;

/** A Supabase project whose users and functions take part by PostgREST. */
@Tag("track-coordination")
class PostgrestIT {

  @RegisterExtension final HostDatabase host = new HostDatabase();

  @BeforeEach
  void migrate() {
    host.migrate();
    host.owner()
        .execute(
            """
            select track_coordination.offer_functions('authenticated', 'track_writer');
            select track_coordination.offer_functions('service_role', 'track_worker');
            select track_coordination.grant_track('authenticated', 'gmail');
            select track_coordination.grant_handler('service_role', '*')
            """);
    host.load(Graphs.CHAIN);
  }

  @Test
  void aUserStartsARunAndAnEdgeFunctionDoesItsWork() throws Exception {
    PostgrestCall user = as("authenticated", "u-1");
    PostgrestCall edge = as("service_role", null);
    try (Coordinator coordinator = host.coordinator()) {
      UUID run = UUID.randomUUID();
      assertThat(
              user.rpc(
                  "record_track_event_json",
                  """
                  {"correlationId": "%s", "trackId": "gmail", "eventType": "completed", "userId": "u-1", "payload": {"mails": 1}}
                  """
                      .formatted(run)))
          .matches("\\{\"eventId\": \\d+}");
      for (String track : new String[] {"drive", "freee"}) {
        await()
            .until(
                () ->
                    edge.rpc(
                            "claim_work_json",
                            "{\"handler\": \"" + track + "\", \"worker\": \"edge\"}")
                        .contains("\"trackId\": \"" + track + "\""));
        edge.rpc(
            "complete_work_json",
            "{\"correlationId\": \"%s\", \"trackId\": \"%s\", \"attempt\": 1, \"payload\": {\"by\": \"%s\"}}"
                .formatted(run, track, track));
      }
      await()
          .until(
              () -> host.texts("select state from track_coordination.runs"),
              List.of("completed")::equals);
      assertThat(user.rpc("start_run_json", "{\"workflow\": \"chain\", \"userId\": \"u-1\"}"))
          .contains("\"state\": \"running\"");
      assertThat(host.owner().queryForList("select * from track_coordination.audit()")).isEmpty();
    }
  }

  /** All on one database: what is refused leaves nothing. */
  @Test
  void whatWasNotGrantedIsRefused() {
    String run = "\"correlationId\": \"0198c1f0-7a3b-4c11-9a3e-5a3c1d2e4f60\"";
    String drive = "{" + run + ", \"trackId\": \"drive\"";
    String gmail = "{" + run + ", \"trackId\": \"gmail\"";
    List<List<String>> calls =
        List.of(
            List.of(
                "authenticated",
                "record_track_event_json",
                drive + ", \"eventType\": \"completed\"}"),
            List.of(
                "service_role",
                "start_run_json",
                "{\"workflow\": \"chain\", \"completes\": \"gmail\"}"),
            List.of(
                "authenticated", "claim_work_json", "{\"handler\": \"gmail\", \"worker\": \"w\"}"),
            List.of("authenticated", "complete_work_json", drive + ", \"attempt\": 1}"),
            List.of("authenticated", "cancel_json", "{" + run + "}"),
            List.of("authenticated", "run_json", "{" + run + "}"),
            List.of("authenticated", "list_runs_json", "{}"),
            List.of("authenticated", "audit_json", "{}"),
            List.of("anon", "start_run_json", "{\"workflow\": \"chain\"}"),
            List.of("anon", "record_track_event_json", gmail + ", \"eventType\": \"completed\"}"),
            List.of("anon", "list_workflows_json", "{}"),
            List.of("service_role", "start_run_json", "{\"workflow\": \"chain\"}"));
    for (List<String> call : calls) {
      assertThat(refusal(call.get(0), call.get(1), call.get(2))).as("%s", call).isEqualTo("42501");
    }
  }

  @Test
  void whatWasOfferedIsWithdrawnAgain() throws SQLException {
    assertThat(texts("select track_coordination.offer_functions('authenticated', 'track_writer')"))
        .containsExactly("false");
    as("authenticated", "u-1").rpc("start_run_json", "{\"workflow\": \"chain\"}");
    assertThat(texts("select track_coordination.offer_functions('authenticated', 'track_worker')"))
        .containsExactly("true");
    assertThat(
            texts("select track_coordination.withdraw_functions('authenticated', 'track_writer')"))
        .containsExactly("true");
    assertThat(
            texts("select track_coordination.withdraw_functions('authenticated', 'track_writer')"))
        .containsExactly("false");
    assertThat(refusal("authenticated", "start_run_json", "{\"workflow\": \"chain\"}"))
        .isEqualTo("42501");
    assertThat(
            refusal("authenticated", "claim_work_json", "{\"handler\": \"x\", \"worker\": \"w\"}"))
        .as("that handler was not granted, the function was")
        .isEqualTo("42501");
    host.owner().execute("select track_coordination.grant_handler('authenticated', 'x')");
    assertThat(
            as("authenticated", "u-1")
                .rpc("claim_work_json", "{\"handler\": \"x\", \"worker\": \"w\"}"))
        .isEqualTo("{\"work\": []}");
    host.owner()
        .execute("select track_coordination.withdraw_functions('authenticated', 'track_worker')");
    assertThat(
            texts(
                "select cast(has_schema_privilege('authenticated', 'track_coordination', 'usage') as text)"))
        .containsExactly("false");
  }

  @Test
  void tablesAreOutOfReach() {
    for (String table : new String[] {"runs", "work_queue", "grants", "event_queue"}) {
      SQLException refused =
          catchThrowableOfType(
              SQLException.class,
              () ->
                  as("authenticated", "u-1")
                      .ask("select 1 from track_coordination." + table, null));
      assertThat(refused.getSQLState()).isEqualTo("42501");
    }
  }

  private String refusal(String role, String function, String body) {
    return catchThrowableOfType(SQLException.class, () -> as(role, "u-1").rpc(function, body))
        .getSQLState();
  }

  private List<String> texts(String query) {
    return host.texts(query.replaceFirst("(?s)^select (track_.*)$", "select cast($1 as text)"));
  }

  private PostgrestCall as(String role, String user) {
    return new PostgrestCall(host.authenticator(), role, user);
  }
}

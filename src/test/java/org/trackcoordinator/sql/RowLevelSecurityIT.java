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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.trackcoordinator.coordinator.Coordinator;
import org.trackcoordinator.testing.Graphs;
import org.trackcoordinator.testing.Login;

/**
 * The optional scripts of {@code migrations/row-level-security}: users of a Supabase project reach
 * the log, and write and see in it only what is theirs.
 */
@Tag("track-coordination")
class RowLevelSecurityIT {

  private static final String FLAGS =
      "select relrowsecurity || ' ' || relforcerowsecurity from pg_class where oid = cast('public.processing_logs' as regclass)";

  @RegisterExtension final HostDatabase host = new HostDatabase();

  @BeforeEach
  void hostWithATable() {
    host.owner()
        .execute(
            """
            create table public.processing_logs (id bigint generated always as identity primary key, user_id uuid, note text);
            insert into public.processing_logs (note) values ('legacy');
            grant all on public.processing_logs to anon, authenticated, service_role
            """);
    host.migrate();
    host.owner()
        .execute(
            """
            select track_coordination.offer_functions('authenticated', 'track_writer');
            select track_coordination.grant_track('authenticated', 'gmail')
            """);
    host.load(Graphs.CHAIN);
  }

  @Test
  void theCoordinatorWorksUnderForcedRowLevelSecurity() throws Exception {
    host.runScript("row-level-security/enable.sql");
    assertThat(host.texts(FLAGS)).containsExactly("true true");
    UUID run = UUID.randomUUID();
    UUID user = UUID.randomUUID();
    try (Coordinator coordinator = host.coordinator()) {
      insert(user, run, "gmail", "completed");
      for (String track : List.of("drive", "freee")) {
        await().until(() -> !claimed(track).isEmpty());
        host.owner().queryForList("select track_coordination.complete_work(?, ?, 1)", run, track);
      }
      await()
          .until(
              () -> host.texts("select state from track_coordination.runs"),
              List.of("completed")::equals);
      assertThat(host.owner().queryForList("select * from track_coordination.audit()")).isEmpty();
      assertThat(
              host.owner()
                  .queryForMap("select * from track_coordination.clean_up(completed => '0')"))
          .containsEntry("removed_log_rows", 8L);
    }
  }

  @Test
  void aProducerInsertsOnlyWhatItWasGranted() {
    host.runScript("row-level-security/enable.sql");
    UUID user = UUID.randomUUID();
    UUID run = UUID.randomUUID();
    insert(user, run, "gmail", "completed");
    assertThat(stateOf(() -> insert(user, run, "drive", "completed"))).isEqualTo("42501");
    assertThat(stateOf(() -> insert(user, run, "gmail", "triggered"))).isEqualTo("42501");
    assertThat(stateOf(() -> insert(user, run, null, "completed"))).isEqualTo("42501");
    assertThat(stateOf(() -> insert(user, run, "gmail", null))).isEqualTo("42501");
    assertThat(
            host.texts(
                "select track_id || ' ' || event_type from processing_logs where event_id is not null and correlation_id is not null"))
        .containsExactly("gmail completed");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "update public.processing_logs set track_id = 'drive' where correlation_id is not null returning 'x'",
        "delete from public.processing_logs where correlation_id is not null returning 'x'",
        "update public.processing_logs set correlation_id = null where correlation_id is not null returning 'x'",
      })
  void nobodyChangesEvents(String change) throws SQLException {
    host.runScript("row-level-security/enable.sql");
    UUID user = UUID.randomUUID();
    insert(user, UUID.randomUUID(), "gmail", "completed");
    assertThat(as("authenticated", user).ask(change, null)).isNull();
    assertThat(host.texts("select track_id from processing_logs where correlation_id is not null"))
        .containsExactly("gmail");
  }

  @Test
  void aUserReadsHisOwnEventsAndNobodyElsesAndAnonNone() throws SQLException {
    host.runScript("row-level-security/enable.sql");
    UUID ann = UUID.randomUUID();
    UUID ben = UUID.randomUUID();
    insert(ann, UUID.randomUUID(), "gmail", "completed");
    insert(ben, UUID.randomUUID(), "gmail", "completed");
    insert(ben, UUID.randomUUID(), "gmail", "started");
    String events = "select count(*) from public.processing_logs where correlation_id is not null";
    assertThat(as("authenticated", ann).ask(events, null)).isEqualTo("1");
    assertThat(as("authenticated", ben).ask(events, null)).isEqualTo("2");
    assertThat(as("authenticated", null).ask(events, null)).isEqualTo("0");
    assertThat(as("anon", ann).ask(events, null)).isEqualTo("0");
    assertThat(as("service_role", null).ask(events, null)).as("bypasses it").isEqualTo("3");
    try (Login reader = host.login("track_reader")) {
      assertThat(
              reader
                  .sql()
                  .queryForObject("select count(event_id) from public.processing_logs", Long.class))
          .as("all events, no row of the host")
          .isEqualTo(3);
      reader.sql().queryForList("select * from track_coordination.run_overview");
    }
  }

  @Test
  void rowsOfTheHostAreAsOpenAsTheyWere() throws Exception {
    host.runScript("row-level-security/enable.sql");
    PostgrestCall user = as("authenticated", null);
    assertThat(
            user.ask(
                "insert into public.processing_logs (note) values ('new') returning note", null))
        .isEqualTo("new");
    assertThat(
            user.ask(
                "update public.processing_logs set note = note || '!' where note = 'legacy' returning note",
                null))
        .isEqualTo("legacy!");
    assertThat(
            user.ask("delete from public.processing_logs where note = 'new' returning note", null))
        .isEqualTo("new");
  }

  @Test
  void policiesOfTheHostStayInForceAndLetNobodyForge() throws SQLException {
    host.owner()
        .execute(
            """
            alter table public.processing_logs enable row level security;
            create policy own_notes on public.processing_logs for select to authenticated using (note like 'mine%');
            create policy anything on public.processing_logs for insert to authenticated with check (true)
            """);
    host.runScript("row-level-security/enable.sql");
    host.runScript("row-level-security/enable.sql");
    assertThat(as("authenticated", null).ask("select count(*) from public.processing_logs", null))
        .as("rows of the host are its policies' business")
        .isEqualTo("0");
    UUID user = UUID.randomUUID();
    assertThat(stateOf(() -> insert(user, UUID.randomUUID(), "drive", "completed")))
        .isEqualTo("42501");
    insert(user, UUID.randomUUID(), "gmail", "completed");

    host.runScript("row-level-security/disable.sql");
    host.runScript("row-level-security/disable.sql");
    assertThat(host.texts(FLAGS)).as("as before").containsExactly("true false");
    assertThat(host.texts("select cast(polname as text) from pg_policy order by 1"))
        .containsExactly("anything", "own_notes");
  }

  @Test
  void afterItIsTakenAwayAllIsAsBefore() throws SQLException {
    host.runScript("row-level-security/enable.sql");
    host.runScript("row-level-security/disable.sql");
    assertThat(host.texts(FLAGS)).containsExactly("false false");
    assertThat(host.texts("select cast(polname as text) from pg_policy")).isEmpty();
    UUID user = UUID.randomUUID();
    insert(user, UUID.randomUUID(), "drive", "completed");
    assertThat(
            as("anon", null)
                .ask(
                    "select count(*) from public.processing_logs where correlation_id is not null",
                    null))
        .isEqualTo("1");
    assertThat(
            host.texts(
                "select 'x' from pg_proc p cross join aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a"
                    + " where p.pronamespace = cast('track_coordination' as regnamespace) and a.grantee = 0"))
        .as("functions that anybody may call")
        .isEmpty();
  }

  @Test
  void uninstallTakesItAwayToo() {
    host.runScript("row-level-security/enable.sql");
    host.runScript("uninstall/uninstall.sql");
    assertThat(host.texts(FLAGS)).containsExactly("false false");
    assertThat(host.texts("select cast(polname as text) from pg_policy")).isEmpty();
    assertThat(host.texts("select note from processing_logs")).containsExactly("legacy");
  }

  private List<?> claimed(String handler) {
    return host.owner()
        .queryForList("select * from track_coordination.claim_work(?, 'w', 1, '1 hour')", handler);
  }

  /** As a user's browser does, with a plain INSERT. */
  private void insert(UUID user, UUID run, String track, String type) {
    try {
      as("authenticated", user)
          .ask(
              "insert into public.processing_logs (user_id, correlation_id, track_id, event_type) values ('%s', '%s', %s, %s)"
                  .formatted(user, run, quoted(track), quoted(type)),
              null);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String quoted(String text) {
    return text == null ? "null" : "'" + text + "'";
  }

  private static String stateOf(Runnable call) {
    IllegalStateException refused = catchThrowableOfType(IllegalStateException.class, call::run);
    return ((SQLException) refused.getCause()).getSQLState();
  }

  private PostgrestCall as(String role, UUID user) {
    return new PostgrestCall(host.authenticator(), role, user == null ? null : user.toString());
  }
}

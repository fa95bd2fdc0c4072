package org.trackcoordinator.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.util.ServerErrorMessage;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.trackcoordinator.coordinator.Coordinator;
import org.trackcoordinator.coordinator.DefinitionStore;
import org.trackcoordinator.coordinator.RoutesFolder;
import org.trackcoordinator.database.Database;
import org.trackcoordinator.testing.CoordinatedDatabase;
import org.trackcoordinator.testing.Graphs;
import org.trackcoordinator.testing.Login;
import org.trackcoordinator.workflow.WorkflowFiles;

/** Each role may do what it is there for, and nothing else. */
@Tag("track-coordination")
class RolesIT {

  private static final String ROLES = "reader writer worker operator owner";

  @RegisterExtension static final CoordinatedDatabase database = CoordinatedDatabase.coordinated();

  private final List<Login> logins = new ArrayList<>();

  @BeforeEach
  void load() {
    database.load(Graphs.CHAIN);
    database.sql().execute("delete from track_coordination.grants");
  }

  @AfterEach
  void close() throws Exception {
    database.awaitSettled();
    for (Login login : logins) {
      login.close();
    }
  }

  /** A function that is added fails this until somebody decides who may call it. */
  @Test
  void functionsAreForWhomTheTableSays() throws IOException {
    List<String> decided =
        Files.readAllLines(Path.of("src/test/resources/roles/functions.txt")).stream()
            .filter(line -> !line.startsWith("#"))
            .toList();
    assertThat(
            database.texts(
                """
                select replace(cast(cast(p.oid as regprocedure) as text), 'track_coordination.', '')
                       || coalesce(' = ' || string_agg(r.name, ' ' order by r.place), '') || case when p.prosecdef then ' (definer)' else '' end
                  from pg_proc p
                  left join unnest(string_to_array(?, ' ')) with ordinality r (name, place)
                    on has_function_privilege('track_' || r.name, p.oid, 'execute')
                 where p.pronamespace = cast('track_coordination' as regnamespace)
                 group by p.oid, p.prosecdef
                """,
                ROLES))
        .containsExactlyInAnyOrderElementsOf(decided);
    assertThat(
            database.texts(
                """
                select cast(cast(p.oid as regprocedure) as text) from pg_proc p
                 cross join aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
                 where p.pronamespace = cast('track_coordination' as regnamespace) and a.grantee = 0
                """))
        .as("functions that anybody may call")
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "track_reader   | | archived_logs idempotency_keys",
        "track_operator | | archived_logs idempotency_keys",
        "track_owner    | INSERT UPDATE DELETE |",
        "track_writer   | | *",
        "track_worker   | | *",
      })
  void tablesAreForWhomTheyAreThere(String role, String changes, String unread) {
    List<String> tables =
        database.texts(
            "select relname from pg_class where relnamespace = cast('track_coordination' as regnamespace) and relkind in ('r', 'v')");
    assertThat(tables).hasSizeGreaterThan(20);
    for (String table : tables) {
      List<String> allowed = new ArrayList<>();
      if (unread == null || !unread.equals("*") && !unread.contains(table)) {
        allowed.add("SELECT");
      }
      if (changes != null) {
        allowed.addAll(List.of(changes.split(" ")));
      }
      assertThat(privileges(role, "track_coordination." + table)).as(table).isEqualTo(allowed);
    }
    assertThat(privileges(role, "public.processing_logs"))
        .isEqualTo(changes == null ? List.of() : List.of("SELECT", "INSERT", "DELETE"));
    assertThat(
            database.texts(
                "select attname from pg_attribute where attrelid = cast('public.processing_logs' as regclass) and attnum > 0"
                    + " and has_column_privilege(?, attrelid, attnum, 'select')",
                role))
        .hasSize(unread != null && unread.equals("*") ? 0 : 10);
    assertThat(
            database.texts(
                "select nspname from pg_namespace where nspname = 'track_coordination' and has_schema_privilege(?, oid, 'create')",
                role))
        .isEmpty();
  }

  @Test
  void aWriterRecordsEventsOfGrantedTracksAndStartsRuns() {
    Login writer = login("track_writer");
    JsonFunctions functions = new JsonFunctions(writer.sql());
    UUID run =
        writer.sql().queryForObject("select track_coordination.start_run('chain')", UUID.class);
    database.awaitState(run, "gmail", "triggered");
    assertThat(functions.call("start_run_json", "workflow", "chain").get("state").asText())
        .isEqualTo("running");

    ServerErrorMessage refused = recordingRefused(writer, run, "gmail");
    assertThat(refused.getSQLState()).isEqualTo("42501");
    assertThat(refused.getMessage())
        .isEqualTo("role " + writer.name() + " was not granted track 'gmail'");
    assertThat(refused.getHint())
        .isEqualTo(
            "A member of track_owner can: select track_coordination.grant_track('"
                + writer.name()
                + "', 'gmail')");
    database.sql().queryForList(refused.getHint().substring(refused.getHint().indexOf("select")));
    record(writer, run, "gmail");
    database.awaitState(run, "drive", "triggered");
    assertThat(recordingRefused(writer, run, "drive").getSQLState()).isEqualTo("42501");
    assertThat(
            functions
                .refusal(
                    "record_track_event_json",
                    "correlationId",
                    run,
                    "trackId",
                    "drive",
                    "eventType",
                    "completed")
                .getSQLState())
        .isEqualTo("42501");
    ServerErrorMessage completes =
        refusal(writer, "select track_coordination.start_run('chain', completes => 'gmail')");
    assertThat(completes).as("granted").isNull();

    database
        .sql()
        .queryForList("select track_coordination.revoke_track(?, 'gmail')", writer.name());
    assertThat(recordingRefused(writer, run, "gmail").getSQLState()).isEqualTo("42501");
    assertThat(
            refusal(writer, "select track_coordination.start_run('chain', completes => 'gmail')")
                .getSQLState())
        .isEqualTo("42501");
    assertThat(
            database.texts(
                "select action || ' ' || track_id from track_coordination.operator_actions where role_name = ? order by action_id",
                writer.name()))
        .containsExactly("grant gmail", "revoke gmail");
  }

  @Test
  void aGrantHoldsForTheMembersOfARoleAndForAllTracks() {
    Login writer = login("track_writer");
    UUID run = database.startRun("chain");
    database.awaitState(run, "gmail", "triggered");
    database.sql().queryForList("select track_coordination.grant_track('track_writer', '*')");
    record(writer, run, "gmail");
    database.awaitState(run, "gmail", "completed");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'nobody', 'gmail' | 42704 | there is no role 'nobody'",
        "'track_writer', 'g m' | 22023 | 'g m' is no track id",
        "'track_writer', null | 22023 | null is no track id",
        "'track_writer', 'gmail', '' | 22023 | who is missing",
      })
  void aGrantThatMeansNothingIsRefused(String arguments, String state, String message) {
    ServerErrorMessage refused =
        refusal(database.sql(), "select track_coordination.grant_track(" + arguments + ")");
    assertThat(refused.getSQLState()).isEqualTo(state);
    assertThat(refused.getMessage()).isEqualTo(message);
  }

  @Test
  void aWorkerDoesWorkOfGrantedHandlersOnly() {
    Login worker = login("track_worker");
    JsonFunctions functions = new JsonFunctions(worker.sql());
    UUID run = database.startRun("chain");
    database.awaitState(run, "gmail", "triggered");
    ServerErrorMessage refused =
        refusal(worker, "select * from track_coordination.claim_work('gmail', 'w', 1, '1 hour')");
    assertThat(refused.getSQLState()).isEqualTo("42501");
    assertThat(refused.getMessage())
        .isEqualTo("role " + worker.name() + " was not granted handler 'gmail'");
    database.sql().queryForList(refused.getHint().substring(refused.getHint().indexOf("select")));

    worker
        .sql()
        .queryForList("select * from track_coordination.claim_work('gmail', 'w', 1, '1 hour')");
    worker
        .sql()
        .queryForList("select track_coordination.heartbeat(?, 'gmail', 1, '1 hour', 'x')", run);
    worker.sql().queryForList("select track_coordination.give_back(?, 'gmail', 1)", run);
    assertThat(
            functions
                .call("claim_work_json", "handler", "gmail", "worker", "w", "lease", "1h")
                .get("work"))
        .hasSize(1);
    functions.call("heartbeat_json", "correlationId", run, "trackId", "gmail", "attempt", 1);
    worker.sql().queryForList("select track_coordination.complete_work(?, 'gmail', 1, '{}')", run);
    database.awaitState(run, "drive", "triggered");

    for (String call :
        List.of(
            "heartbeat('%s', 'drive', 1, '1 hour')",
            "complete_work('%s', 'drive', 1)",
            "fail_work('%s', 'drive', 1, 'Io', 'x')",
            "give_back('%s', 'drive', 1)")) {
      assertThat(refusal(worker, "select track_coordination." + call.formatted(run)).getSQLState())
          .as(call)
          .isEqualTo("42501");
    }
    database
        .sql()
        .queryForList("select track_coordination.grant_handler(?, 'drive')", worker.name());
    functions.call("claim_work_json", "handler", "drive", "worker", "w");
    functions.call(
        "fail_work_json",
        "correlationId",
        run,
        "trackId",
        "drive",
        "attempt",
        1,
        "error",
        Map.of("class", "Io"));
    database.awaitRunsEnded(1);
    assertThat(
            worker
                .sql()
                .queryForObject("select track_coordination.why_lost(?, 2, 1)", String.class, run))
        .isEqualTo("its run is failed");
    assertThat(recordingRefused(worker, run, "gmail").getSQLState())
        .as("events, too, only of granted tracks")
        .isEqualTo("42501");
  }

  @Test
  void anOperatorDoesWhatOperatorsDoAndIsNamedWithHisRole() {
    Login operator = login("track_operator");
    JsonFunctions functions = new JsonFunctions(operator.sql());
    UUID run = database.startRun("chain");
    database.awaitState(run, "gmail", "triggered");
    JdbcTemplate sql = operator.sql();
    sql.queryForList("select track_coordination.hold('gmail')");
    sql.queryForList("select track_coordination.release('gmail', who => 'ann', why => 'over')");
    sql.queryForList("select track_coordination.skip(?, 'gmail', '{}')", run);
    database.awaitState(run, "drive", "triggered");
    sql.queryForList("select track_coordination.cancel(?)", run);
    functions.refusal("retry_json", "correlationId", run);
    String hash = functions.call("workflow_json", "workflow", "chain").get("hash").asText();
    functions.call("retire_definition_json", "workflow", "chain", "hash", hash);
    long event =
        database.count(
            "select track_coordination.record_track_event(null, 'nobodys', 'completed', gen_random_uuid())");
    database.awaitSettled();
    sql.queryForList("select track_coordination.replay_event(?)", event);
    await().until(() -> database.count("select count(*) from track_coordination.quarantine") == 1);
    functions.call("dismiss_event_json", "eventId", event, "who", "ann");
    assertThat(
            database.texts(
                "select action || ' ' || who || case when called_by = ? then '' else called_by end from track_coordination.operator_actions order by action_id",
                operator.name()))
        .containsExactly(
            "hold " + operator.name(),
            "release ann",
            "skip " + operator.name(),
            "cancel " + operator.name(),
            "retire " + operator.name(),
            "replay " + operator.name(),
            "dismiss ann");
    assertThatReads(operator, run);
  }

  @Test
  void aReaderReadsAllThereIs() {
    UUID run = database.startRun("chain", "{\"mails\": 1}");
    database.awaitState(run, "gmail", "triggered");
    database.sql().queryForList("select track_coordination.hold('drive', why => 'month end')");
    database.sql().queryForList("select track_coordination.skip(?, 'gmail', '{\"n\": 1}')", run);
    database.awaitState(run, "drive", "held");
    assertThatReads(login("track_reader"), run);
  }

  private void assertThatReads(Login login, UUID run) {
    JdbcTemplate sql = login.sql();
    for (String view :
        database.texts("select viewname from pg_views where schemaname = 'track_coordination'")) {
      sql.queryForList("select * from track_coordination." + view);
    }
    for (String question :
        List.of(
            "execution_chain('%s')",
            "why('%s')",
            "why('%s', 'gmail')",
            "dependencies_met('drive', '%s')",
            "activation_input('%s', 'gmail')",
            "run_result('%s')",
            "run_summary('%s')",
            "limit_of('gmail')",
            "to_clean_up()",
            "audit()")) {
      sql.queryForList("select * from track_coordination." + question.formatted(run));
    }
    JsonFunctions functions = new JsonFunctions(sql);
    for (String function :
        List.of("run_json", "execution_chain_json", "list_tracks_json", "why_json")) {
      functions.call(function, "correlationId", run);
    }
    functions.call("dependencies_met_json", "correlationId", run, "trackId", "drive");
    functions.call("read_payloads_json", "correlationId", run, "trackId", "drive");
    for (String function :
        List.of(
            "list_runs_json",
            "list_queues_json",
            "list_gates_json",
            "list_quarantine_json",
            "list_workflows_json",
            "audit_json")) {
      functions.call(function);
    }
    functions.call("workflow_json", "workflow", "chain");
    sql.queryForList(
        "select event_id, user_id, track_id, event_type, correlation_id, attempt, source_track, payload, metadata, created_at from processing_logs");
  }

  /** Of its database, and of its server. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "drop table track_coordination.runs",
        "alter table public.processing_logs add column x int",
        "truncate public.processing_logs",
        "update public.processing_logs set payload = '{}'",
        "create table track_coordination.x (x int)",
        "create function track_coordination.x() returns int language sql as 'select 1'",
        "create or replace function track_coordination.clock() returns timestamptz language sql as 'select now()'",
        "alter function track_coordination.clock() security definer",
        "drop trigger feed_event_queue on public.processing_logs",
        "alter table public.processing_logs disable trigger all",
        "create schema x",
        "create role x",
        "grant track_owner to public",
        "set role pg_read_all_data",
        "set session authorization postgres",
        "set session_replication_role = replica",
        "copy public.processing_logs to program 'cat'",
        "copy (select 1) to '/tmp/x'",
        "select pg_read_file('/etc/passwd')",
        "select pg_ls_dir('/')",
        "select lo_import('/etc/passwd')",
        "select * from pg_authid",
        "alter system set fsync = off",
        "select pg_reload_conf()",
        "create extension dblink",
        "create event trigger x on ddl_command_start execute function track_coordination.refuse_change()",
      })
  void anInstanceWhoseLoginOwnsNothingCanDoNothingElse(String attempt) {
    for (Login login :
        List.of(
            login("track_owner"),
            login("track_reader, track_writer, track_worker, track_operator"))) {
      assertThat(refusal(login, attempt).getSQLState()).as(attempt).isIn("42501", "42704", "0A000");
    }
  }

  @Test
  void anInstanceWithALoginThatIsOnlyAMemberOfTrackOwnerCoordinates(@TempDir Path folder)
      throws Exception {
    database.leaveAlone();
    Login login = login("track_owner");
    try (Database asOwner = login.open(folder);
        Coordinator coordinator =
            new Coordinator(asOwner.pool(), asOwner.plain(), RoutesFolder.at(Path.of("routes")))
                .watching(asOwner.contact())
                .with(workers())
                .maintainEvery(Duration.ofMillis(200))
                .start()) {
      new DefinitionStore(asOwner.pool(), "theirs")
          .makeCurrent(
              WorkflowFiles.parse(
                  "limits.yaml",
                  """
                  workflow: limits
                  defaults: {retry: {maxAttempts: 2, backoff: 10ms}}
                  on: {completed: drive}
                  tracks:
                    scan: {handler: gmail, maxConcurrent: 2}
                    broken: {dependsOn: [scan], onFailure: {fallback: mended}}
                    mended: {handler: drive}
                    drive: {dependsOn: [broken], when: "${body[n]} == 1"}
                    freee: {dependsOn: [drive]}
                  """));
      UUID run =
          login.sql().queryForObject("select track_coordination.start_run('limits')", UUID.class);
      UUID foreign = UUID.randomUUID();
      login
          .sql()
          .update(
              "insert into processing_logs (correlation_id, track_id, event_type) values (?, 'scan', 'completed')",
              foreign);
      UUID held = database.startRun("chain");
      login.sql().queryForList("select track_coordination.hold(correlation_id => ?)", held);
      database.awaitState(run, "freee", "skipped");
      for (UUID ended : List.of(run, foreign)) {
        await().until(() -> database.state(ended), "completed"::equals);
      }
      login.sql().queryForList("select track_coordination.cancel(?)", held);
      database.awaitRunsEnded(3);
      database.awaitSettled();
      assertThat(database.audit()).isEmpty();
      assertThat(
              login
                  .sql()
                  .queryForMap(
                      "select * from track_coordination.clean_up(completed => '0', cancelled => '0', archive => true)"))
          .containsEntry("cleaned_runs", 3);
      login.sql().execute("call track_coordination.clean_up_all()");
      login.sql().queryForList("select track_coordination.grant_track(?, 'gmail')", login.name());
    }
  }

  private static RouteBuilder workers() {
    return new RouteBuilder() {
      @Override
      public void configure() {
        for (String handler : List.of("gmail", "drive", "freee")) {
          from("kamelet:track-source/test-" + handler + "?handler=" + handler)
              .routeId(handler)
              .setBody(constant("{\"n\": 2}"));
        }
        from("kamelet:track-source/test-broken?handler=broken")
            .routeId("broken")
            .throwException(new IllegalStateException("broken"));
      }
    };
  }

  private Login login(String roles) {
    Login login = Login.memberOf(roles, database.sql(), database.database().url());
    logins.add(login);
    return login;
  }

  private List<String> privileges(String role, String relation) {
    return Stream.of("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
        .filter(
            privilege ->
                database
                    .sql()
                    .queryForObject(
                        "select has_table_privilege(?, ?, ?)",
                        Boolean.class,
                        role,
                        relation,
                        privilege))
        .toList();
  }

  private static void record(Login login, UUID run, String track) {
    login
        .sql()
        .queryForList(
            "select track_coordination.record_track_event(null, ?, 'completed', ?, '{}')",
            track,
            run);
  }

  private static ServerErrorMessage recordingRefused(Login login, UUID run, String track) {
    try {
      record(login, run, track);
      throw new AssertionError("recorded");
    } catch (DataAccessException refused) {
      return JsonFunctions.message(refused);
    }
  }

  private static ServerErrorMessage refusal(Login login, String statement) {
    return refusal(login.sql(), statement);
  }

  /** Null if the statement is not refused. */
  private static ServerErrorMessage refusal(JdbcTemplate sql, String statement) {
    try {
      sql.execute(statement);
      return null;
    } catch (DataAccessException refused) {
      return JsonFunctions.message(refused);
    }
  }
}

package org.trackcoordinator.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.postgresql.util.PSQLException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.trackcoordinator.coordinator.Coordinator;
import org.trackcoordinator.coordinator.DefinitionStore;
import org.trackcoordinator.coordinator.RoutesFolder;
import org.trackcoordinator.database.Database;
import org.trackcoordinator.database.SharedPostgres;
import org.trackcoordinator.testing.Counts;
import org.trackcoordinator.testing.Graphs;
import org.trackcoordinator.testing.HostileTexts;
import org.trackcoordinator.testing.Login;
import org.trackcoordinator.workflow.WorkflowFiles;

/**
 * Every text that somebody with a role may give to a function, as an argument or in a JSON
 * argument: whatever it is, it is refused with a documented error or taken as it is, and nothing
 * else happens. Each call is made on a run with a track that is claimed, and is rolled back.
 */
@Tag("track-coordination")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HostileInputIT {

  /** See docs/sql.md. */
  private static final Set<String> DOCUMENTED =
      Set.of("42501", "42704", "23505", "55000", "55006", "54000");

  private static final int LONGEST_MESSAGE = 600;

  /**
   * Of how many texts a place gets one: others get the others, and each gets all when it is long.
   */
  private static final int APART = Counts.of(12, 1);

  private static final String LOG = "processing_logs";

  /** Which tables a function may write; those that are not here: none. */
  private static final Map<String, Set<String>> WRITES =
      Map.ofEntries(
          Map.entry("record_track_event", Set.of(LOG, "event_queue")),
          Map.entry(
              "start_run",
              Set.of(LOG, "event_queue", "runs", "idempotency_keys", "activations", "work_queue")),
          Map.entry("claim_work", Set.of(LOG, "work_queue", "worker_sightings")),
          Map.entry("heartbeat", Set.of("work_queue")),
          Map.entry("give_back", Set.of("work_queue")),
          Map.entry("complete_work", Set.of(LOG, "event_queue", "work_queue")),
          Map.entry("fail_work", Set.of(LOG, "event_queue", "work_queue")),
          Map.entry("hold", Set.of("gate_states", "operator_actions")),
          Map.entry("release", Set.of("gate_states", "operator_actions", "event_queue")),
          Map.entry(
              "cancel",
              Set.of(LOG, "event_queue", "runs", "activations", "work_queue", "operator_actions")),
          Map.entry(
              "skip",
              Set.of(LOG, "event_queue", "runs", "activations", "work_queue", "operator_actions")),
          Map.entry("retry", Set.of()),
          Map.entry("replay_event", Set.of("event_fates", "event_queue", "operator_actions")),
          Map.entry("dismiss_event", Set.of("event_fates", "operator_actions")),
          Map.entry("retire_definition", Set.of("retired_definitions", "operator_actions")));

  /** Of our tables, the host's, and those by which tables, functions and roles are known. */
  private static final String ROWS_WRITTEN =
      """
      do $do$ begin execute format($sql$
        create function pg_temp.rows_written() returns table (relname text, rows bigint) language sql as $f$
          select t.relname, w.rows
            from (values %s) t (relname, oid)
            cross join lateral (
              select pg_stat_get_xact_tuples_inserted(t.oid) + pg_stat_get_xact_tuples_updated(t.oid) + pg_stat_get_xact_tuples_deleted(t.oid) as rows) w
           where w.rows > 0 $f$ $sql$,
        (select string_agg(format('(%L, %s)', relname, oid), ', ') from pg_class
          where relkind = 'r' and (relnamespace in (cast('track_coordination' as regnamespace), cast('public' as regnamespace))
                                   or relname in ('pg_class', 'pg_proc', 'pg_authid', 'pg_auth_members', 'pg_namespace', 'pg_trigger', 'pg_largeobject_metadata'))));
      end $do$
      """;

  private PreparedStatement rowsWritten;
  private Database database;
  private Login login;
  private Connection connection;
  private UUID run;
  private long quarantined;
  private String unusedHash;

  @BeforeAll
  void aRunWithATrackThatIsClaimed() throws Exception {
    database = SharedPostgres.newMigratedDatabase();
    JdbcTemplate sql = new JdbcTemplate(database.plain());
    DefinitionStore definitions = new DefinitionStore(database.pool(), "test");
    definitions.makeCurrent(WorkflowFiles.parse("w.yaml", "workflow: unused\ntracks: {a: {}}\n"));
    definitions.makeCurrent(WorkflowFiles.parse("w.yaml", Graphs.CHAIN));
    unusedHash =
        sql.queryForObject(
            "select hash from track_coordination.definitions where workflow = 'unused'",
            String.class);
    login =
        Login.memberOf(
            "track_reader, track_writer, track_worker, track_operator", sql, database.url());
    sql.queryForList("select track_coordination.grant_handler(?, '*')", login.name());
    try (Coordinator coordinator =
        new Coordinator(database.pool(), database.plain(), RoutesFolder.at(Path.of("routes")))
            .start()) {
      run = sql.queryForObject("select track_coordination.start_run('chain')", UUID.class);
      quarantined =
          sql.queryForObject(
              "select track_coordination.record_track_event(null, 'nobodys', 'completed', gen_random_uuid())",
              Long.class);
      Awaitility.await()
          .until(
              () ->
                  sql.queryForList(
                              "select * from track_coordination.claim_work('gmail', 'w', 1, '1 day')")
                          .size()
                      == 1);
      Awaitility.await()
          .until(
              () ->
                  sql.queryForObject(
                          "select (select count(*) from track_coordination.quarantine) - (select count(*) from track_coordination.event_queue)",
                          Long.class)
                      == 1);
    }
    sql.queryForList("select track_coordination.hold('freee')");
    connection = database.plain().getConnection();
    connection.setAutoCommit(false);
    execute(ROWS_WRITTEN);
    connection.commit();
    rowsWritten = connection.prepareStatement("select * from pg_temp.rows_written()");
  }

  @AfterAll
  void close() throws Exception {
    connection.close();
    login.close();
    database.close();
  }

  /** One text parameter of a function, or one key of its JSON argument. */
  record Target(String function, String signature, List<String> types, int position, String key) {

    @Override
    public String toString() {
      return function + " " + (key == null ? "argument " + (position + 1) : key);
    }
  }

  Stream<Target> targets() throws SQLException {
    List<Target> targets = new ArrayList<>();
    try (Connection asking = database.plain().getConnection();
        PreparedStatement ask =
            asking.prepareStatement(
                """
                select p.proname, cast(cast(p.oid as regprocedure) as text),
                       array(select format_type(t, null) from unnest(p.proargtypes) with ordinality u (t, place) order by place)
                  from pg_proc p
                 where p.pronamespace = cast('track_coordination' as regnamespace) and has_function_privilege(?, p.oid, 'execute')
                 order by 2
                """)) {
      ask.setString(1, login.name());
      try (ResultSet functions = ask.executeQuery()) {
        while (functions.next()) {
          String name = functions.getString(1);
          List<String> types = List.of((String[]) functions.getArray(3).getArray());
          for (int i = 0; i < types.size(); i++) {
            if (Set.of("text", "text[]", "jsonb").contains(types.get(i))
                && !name.endsWith("_json")) {
              targets.add(new Target(name, functions.getString(2), types, i, null));
            }
          }
          if (JsonFunctions.ARGUMENTS.containsKey(name)) {
            targets.add(new Target(name, functions.getString(2), types, 0, "an unknown key"));
            for (JsonFunctions.Key key : JsonFunctions.ARGUMENTS.get(name)) {
              targets.add(new Target(name, functions.getString(2), types, 0, key.name()));
            }
          }
        }
      }
    }
    return targets.stream();
  }

  @Test
  void thereAreManyTextsAndManyPlacesForThem() throws SQLException {
    assertThat(HostileTexts.all()).hasSizeGreaterThan(200).doesNotHaveDuplicates();
    assertThat(targets().map(Target::function).distinct())
        .contains(
            "record_track_event", "start_run_json", "claim_work", "hold_json", "why", "limit_of");
    assertThat(targets()).hasSizeGreaterThan(150);
  }

  @ParameterizedTest
  @MethodSource("targets")
  void isRefusedOrTakenAsItIs(Target target) throws SQLException {
    Set<String> writes =
        WRITES.getOrDefault(target.function().replaceFirst("_json$", ""), Set.of());
    List<String> texts = HostileTexts.all();
    for (int i = Math.floorMod(target.hashCode(), APART); i < texts.size(); i += APART) {
      requireSoundAnswer(target, texts.get(i), writes);
    }
  }

  private void requireSoundAnswer(Target target, String text, Set<String> writes)
      throws SQLException {
    String shown = text.length() > 60 ? text.substring(0, 60) + "…" : text;
    execute("set local role " + login.name());
    try (PreparedStatement call = call(target, text)) {
      Map<String, Long> before = written();
      call.execute();
      Map<String, Long> after = written();
      after.keySet().removeIf(table -> after.get(table).equals(before.getOrDefault(table, 0L)));
      assertThat(writes).as("%s written by %s", target, shown).containsAll(after.keySet());
      if (!after.isEmpty() && text.length() <= 1_000 && isKept(target)) {
        execute("reset role");
        assertThat(isStored(text, after.keySet())).as("%s is kept by %s", shown, target).isTrue();
      }
    } catch (PSQLException refused) {
      assertThat(refused.getSQLState())
          .as("%s to %s: %s", target, shown, refused.getMessage())
          .matches(state -> state.startsWith("22") || DOCUMENTED.contains(state));
      if (refused.getServerErrorMessage() != null) {
        assertThat(refused.getServerErrorMessage().getMessage().length())
            .as("%s to %s", target, shown)
            .isLessThanOrEqualTo(LONGEST_MESSAGE);
      }
    } finally {
      connection.rollback();
    }
  }

  /** What decides what is done is not stored, but for that; what is no traceparent is ignored. */
  private static boolean isKept(Target target) {
    String name = target.key() == null ? "" : target.key();
    boolean isTraceparent = target.function().equals("start_run") && target.position() == 8;
    return !isTraceparent
        && !Set.of("awaited", "priority", "lease", "max", "traceparent").contains(name);
  }

  private PreparedStatement call(Target target, String text) throws SQLException {
    List<Object> arguments = new ArrayList<>();
    List<String> placeholders = new ArrayList<>();
    for (int i = 0; i < target.types().size(); i++) {
      String type = target.types().get(i);
      placeholders.add(
          "cast(? as "
              + (type.matches("runs|handlers|definitions") ? "track_coordination." + type : type)
              + ")");
      arguments.add(i == target.position() ? hostile(target, type, text) : usual(target, type, i));
    }
    PreparedStatement call =
        connection.prepareStatement(
            "select * from track_coordination."
                + target.function()
                + "("
                + String.join(", ", placeholders)
                + ")");
    for (int i = 0; i < arguments.size(); i++) {
      Object argument = arguments.get(i);
      if (argument instanceof String[] texts) {
        call.setArray(i + 1, connection.createArrayOf("text", texts));
      } else {
        call.setString(i + 1, (String) argument);
      }
    }
    return call;
  }

  private Object hostile(Target target, String type, String text) {
    if (target.key() != null) {
      return withKey(target, text);
    }
    return switch (type) {
      case "text[]" -> new String[] {text};
      case "jsonb" -> JsonFunctions.argument("x", text);
      default -> text;
    };
  }

  /** With what would be right, but for this key. */
  private String withKey(Target target, String text) {
    Map<String, Object> argument = new LinkedHashMap<>();
    for (JsonFunctions.Key key : JsonFunctions.ARGUMENTS.get(target.function())) {
      Object value = usualOf(target.function(), key);
      if (value != null) {
        argument.put(key.name(), value);
      }
    }
    if (target.key().equals("an unknown key")) {
      argument.put(text, 1);
    } else {
      argument.put(
          target.key(),
          Set.of("payload", "metadata").contains(target.key())
              ? Map.of("x", text)
              : target.key().equals("error") ? Map.of("class", text, "message", text) : text);
    }
    return JsonFunctions.json(argument);
  }

  private Object usualOf(String function, JsonFunctions.Key key) {
    return switch (key.name()) {
      case "correlationId" ->
          function.startsWith("start_run")
                  || function.startsWith("hold")
                  || function.startsWith("release")
              ? null
              : run.toString();
      case "trackId" ->
          function.startsWith("hold")
                  || function.startsWith("release")
                  || function.startsWith("retry")
              ? null
              : "gmail";
      case "handler" -> function.startsWith("release") ? "freee" : "gmail";
      case "eventType" -> "completed";
      case "workflow" -> function.startsWith("retire") ? "unused" : "chain";
      case "hash" -> function.startsWith("retire") ? unusedHash : null;
      case "worker" -> "w";
      case "attempt" -> 1;
      case "eventId" -> quarantined;
      case "error" -> Map.of("class", "Io");
      default -> null;
    };
  }

  /** Null for what may be left out. */
  private String usual(Target target, String type, int position) {
    return switch (type) {
      case "uuid" -> target.function().matches("start_run|hold|release") ? null : run.toString();
      case "integer" -> "1";
      case "bigint" -> target.function().endsWith("_event") ? String.valueOf(quarantined) : "1";
      case "interval" -> "1 minute";
      case "boolean" -> "true";
      case "double precision" -> "1";
      case "timestamp with time zone" -> "2026-11-28 00:00:00+00";
      case "text" -> usualText(target.function(), position);
      default -> null;
    };
  }

  private String usualText(String function, int position) {
    return switch (function + " " + position) {
      case "record_track_event 1",
          "complete_work 1",
          "fail_work 1",
          "give_back 1",
          "heartbeat 1",
          "skip 1",
          "why 1",
          "activation_input 1",
          "dependencies_met 0" ->
          "gmail";
      case "record_track_event 2" -> "completed";
      case "start_run 0" -> "chain";
      case "claim_work 0" -> "gmail";
      case "claim_work 1" -> "w";
      case "retire_definition 0" -> "unused";
      case "retire_definition 1" -> unusedHash;
      case "hold 0" -> "gmail";
      case "release 0" -> "freee";
      case "hold 4",
          "release 4",
          "cancel 1",
          "skip 3",
          "retry 2",
          "replay_event 1",
          "dismiss_event 1",
          "retire_definition 2",
          "require_who 0" ->
          "ann";
      default -> null;
    };
  }

  /**
   * Rows that this transaction wrote, and what the session did before it and was not yet counted.
   */
  private Map<String, Long> written() throws SQLException {
    Map<String, Long> written = new TreeMap<>();
    try (ResultSet tables = rowsWritten.executeQuery()) {
      while (tables.next()) {
        written.put(tables.getString(1), tables.getLong(2));
      }
    }
    return written;
  }

  /** Somewhere in a row of one of these tables, as a text of its own. */
  private boolean isStored(String text, Set<String> tables) throws SQLException {
    String rows =
        tables.stream()
            .map(
                table ->
                    "select to_jsonb(t) as t from "
                        + (table.equals(LOG) ? "public." : "track_coordination.")
                        + table
                        + " t")
            .collect(Collectors.joining(" union all "));
    try (PreparedStatement find =
        connection.prepareStatement(
            "select exists (select from ("
                + rows
                + ") r where jsonb_path_exists(r.t, '$.** ? (@ == $text)', jsonb_build_object('text', cast(? as text))))")) {
      find.setString(1, text);
      try (ResultSet found = find.executeQuery()) {
        return found.next() && found.getBoolean(1);
      }
    }
  }

  private void execute(String statement) throws SQLException {
    try (Statement executing = connection.createStatement()) {
      executing.execute(statement);
    }
  }
}

package org.trackcoordinator.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.trackcoordinator.sql.JsonFunctions.keys;
import static org.trackcoordinator.sql.JsonFunctions.texts;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.postgresql.util.ServerErrorMessage;
import org.trackcoordinator.sql.JsonFunctions.Key;
import org.trackcoordinator.testing.CoordinatedDatabase;
import org.trackcoordinator.testing.Counts;
import org.trackcoordinator.testing.Graphs;

/**
 * The functions with one JSON argument: what REST, the command line and PostgREST call. Each answer
 * has exactly the keys that are promised, and each wrong argument is refused by its name.
 */
@Tag("track-coordination")
class JsonFunctionsIT {

  private static final String RUN_FACTS =
      "correlationId workflow definition state userId priority startedAt finishedAt deadlineAt error";
  private static final String RUN_OF_A_LIST =
      "correlationId workflow state userId startedAt finishedAt durationSeconds tracks completed failed inProgress error";
  private static final String DEFINITION =
      "workflow hash current tracks createdAt loadedBy loadedAt retiredAt retiredBy retiredWhy running oldestRunning"
          + " oldestRunningAt finished completed failed cancelled timedOut";

  @RegisterExtension static final CoordinatedDatabase database = CoordinatedDatabase.coordinated();

  private JsonFunctions functions;

  @BeforeEach
  void load() {
    functions = new JsonFunctions(database.sql());
    database.load(Graphs.CHAIN);
  }

  @AfterEach
  void settle() {
    database.awaitSettled();
  }

  @Test
  void theseAreAllThatThereAre() {
    assertThat(
            database.texts(
                "select proname from pg_proc where pronamespace = cast('track_coordination' as regnamespace)"
                    + " and proname like '%\\_json' and proargtypes = cast(cast(cast('jsonb' as regtype) as oid) as text)::oidvector"))
        .containsExactlyInAnyOrderElementsOf(JsonFunctions.ARGUMENTS.keySet());
  }

  @Test
  void aRunIsStartedAndWorkedOn() {
    UUID run = UUID.fromString(start("payload", Map.of("mails", 2)).get("correlationId").asText());
    JsonNode work = claim(run, "gmail");
    assertThat(keys(work))
        .isEqualTo(
            set(
                "correlationId trackId attempt payload userId idempotencyKey leaseEndsAt traceparent"));
    assertThat(work.get("payload")).hasToString("{\"mails\":2}");
    assertThat(work.get("idempotencyKey").asText()).isEqualTo(run + "/gmail");

    JsonNode beat =
        functions.call(
            "heartbeat_json",
            "correlationId",
            run,
            "trackId",
            "gmail",
            "attempt",
            1,
            "lease",
            "PT2H",
            "doing",
            "x");
    assertThat(keys(beat)).isEqualTo(set("leaseEndsAt"));
    assertThat(OffsetDateTime.parse(beat.get("leaseEndsAt").asText()))
        .isAfter(OffsetDateTime.now().plusMinutes(110));

    assertThat(
            functions.call(
                "give_back_json", "correlationId", run, "trackId", "gmail", "attempt", 1))
        .hasToString("{\"givenBack\":true}");
    claim(run, "gmail");
    JsonNode completed =
        functions.call(
            "complete_work_json",
            "correlationId",
            run,
            "trackId",
            "gmail",
            "attempt",
            1,
            "payload",
            Map.of("n", 1.50));
    assertThat(keys(completed)).isEqualTo(set("eventId"));
    claim(run, "drive");
    assertThat(
            keys(
                functions.call(
                    "fail_work_json",
                    "correlationId",
                    run,
                    "trackId",
                    "drive",
                    "attempt",
                    1,
                    "error",
                    Map.of("class", "Io", "message", "down", "status", 503, "retryable", false))))
        .isEqualTo(set("eventId"));
    database.awaitRunsEnded(1);
    assertThat(
            database.texts(
                "select cast(payload as text) from processing_logs where correlation_id = ? and event_type = 'failed'",
                run))
        .containsExactly(
            "{\"error\": {\"class\": \"Io\", \"status\": 503, \"message\": \"down\", \"retryable\": false}}");
  }

  @Test
  void anEventIsRecorded() {
    UUID run = UUID.randomUUID();
    assertThat(keys(event(run, "gmail", "completed"))).isEqualTo(set("eventId"));
    database.awaitState(run, "drive", "triggered");
    database.awaitSettled();
  }

  @Test
  void aRunThatIsStartedAgainByItsKeyAnswersTheStateThatItIsIn() {
    JsonNode first = start("idempotencyKey", "k");
    assertThat(keys(first)).isEqualTo(set("correlationId workflow state"));
    assertThat(first.get("state").asText()).isEqualTo("running");
    database.awaitState(run(first), "gmail", "triggered");
    functions.call("cancel_json", "correlationId", run(first));
    JsonNode again = start("idempotencyKey", "k");
    assertThat(again.get("correlationId")).isEqualTo(first.get("correlationId"));
    assertThat(again.get("state").asText()).isEqualTo("cancelled");
    database.sql().queryForList("select track_coordination.clean_up(cancelled => '0')");
    assertThat(start("idempotencyKey", "k")).isEqualTo(again);
  }

  @Test
  void whoWaitsForARunIsNotedAlsoByACallThatIsRepeated() {
    UUID quiet = run(start("idempotencyKey", "k"));
    assertThat(awaited(quiet)).isFalse();
    start("idempotencyKey", "k", "awaited", true);
    assertThat(awaited(quiet)).isTrue();
    assertThat(awaited(run(start("awaited", true)))).isTrue();
  }

  @Test
  void aRunIsShown() {
    UUID run = run(start("userId", "ann", "priority", 3));
    complete(run, "gmail", Map.of("n", 1));
    complete(run, "drive", Map.of());
    claim(run, "freee");
    JsonNode running = functions.call("run_json", "correlationId", run);
    assertThat(keys(running)).isEqualTo(set(RUN_FACTS + " result tracks"));
    assertThat(running.get("result").isNull()).isTrue();
    assertThat(running.get("priority").asInt()).isEqualTo(3);
    assertThat(keys(running.get("tracks").get(0)))
        .isEqualTo(set("trackId handler state attempt worker doing dueAt"));
    assertThat(texts(running.get("tracks"), "trackId")).containsExactly("gmail", "drive", "freee");
    assertThat(texts(running.get("tracks"), "state"))
        .containsExactly("completed", "completed", "started");

    JsonNode freee =
        functions.call("dependencies_met_json", "correlationId", run, "trackId", "freee");
    assertThat(keys(freee))
        .isEqualTo(
            set("correlationId trackId state dependenciesMet missing attempt worker doing dueAt"));
    assertThat(freee.get("dependenciesMet").asBoolean()).isTrue();
    assertThat(freee.get("missing")).isEmpty();
    assertThat(freee.get("worker").asText()).isEqualTo("w");

    functions.call(
        "complete_work_json",
        "correlationId",
        run,
        "trackId",
        "freee",
        "attempt",
        1,
        "payload",
        Map.of("booked", true));
    database.awaitRunsEnded(1);
    JsonNode ended = functions.call("run_json", "correlationId", run);
    assertThat(ended.get("state").asText()).isEqualTo("completed");
    assertThat(ended.get("result")).hasToString("{\"booked\":true}");

    JsonNode chain = functions.call("execution_chain_json", "correlationId", run);
    assertThat(keys(chain)).isEqualTo(set(RUN_FACTS + " events"));
    assertThat(keys(chain.get("events").get(0)))
        .isEqualTo(
            set(
                "eventId trackId eventType attempt createdAt durationSeconds sourceTrack fate detail"));
    assertThat(texts(chain.get("events"), "eventType"))
        .containsExactly(
            "triggered",
            "started",
            "completed",
            "triggered",
            "started",
            "completed",
            "triggered",
            "started",
            "completed");
  }

  @Test
  void theResultOfARunFollowsTheShapeOfItsDefinition() {
    database.load(
        """
        workflow: fork
        tracks:
          a: {}
          b: {dependsOn: [a], onFailure: continue, retry: {maxAttempts: 1}}
          c: {dependsOn: [a], onFailure: {fallback: d}, retry: {maxAttempts: 1}}
          d: {}
          e: {dependsOn: [a]}
        """);
    UUID run = run(functions.call("start_run_json", "workflow", "fork"));
    complete(run, "a", Map.of());
    claim(run, "b");
    fail(run, "b");
    claim(run, "c");
    fail(run, "c");
    complete(run, "d", Map.of("by", "d"));
    database.awaitState(run, "e", "triggered");
    functions.call("skip_json", "correlationId", run, "trackId", "e");
    database.awaitRunsEnded(1);
    assertThat(functions.call("run_json", "correlationId", run).get("result"))
        .as("what is skipped hands on nothing; a fallback speaks for its track")
        .hasToString(
            "{\"b\":{\"error\":{\"class\":\"Io\",\"message\":\"\",\"attempts\":1}},\"c\":{\"by\":\"d\"}}");
  }

  @Test
  void itIsToldWhyATrackWaits() {
    UUID run = run(start());
    database.awaitState(run, "gmail", "triggered");
    JsonNode all = functions.call("why_json", "correlationId", run);
    assertThat(keys(all)).isEqualTo(set("reasons"));
    assertThat(all.get("reasons")).hasSize(3);
    JsonNode one = functions.call("why_json", "correlationId", run, "trackId", "freee");
    assertThat(keys(one.get("reasons").get(0)))
        .isEqualTo(set("trackId state reason sentence missing unblockedBy earliestAt"));
    assertThat(one.get("reasons")).hasSize(1);
    assertThat(one.get("reasons").get(0).get("missing")).hasToString("[\"drive\"]");
    JsonNode met =
        functions.call("dependencies_met_json", "correlationId", run, "trackId", "freee");
    assertThat(met.get("dependenciesMet").asBoolean()).isFalse();
    assertThat(met.get("missing")).hasToString("[\"drive\"]");
    assertThat(met.get("state").asText()).isEqualTo("waiting");
  }

  @Test
  void runsAreListedPageByPageTheNewestFirst() {
    List<String> runs = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      runs.add(run(start("userId", i % 2 == 0 ? "ann" : "ben")).toString());
    }
    database.awaitState(UUID.fromString(runs.get(4)), "gmail", "triggered");
    functions.call("cancel_json", "correlationId", runs.get(4));
    List<String> newestFirst = runs.stream().sorted(Comparator.reverseOrder()).toList();
    List<String> seen = new ArrayList<>();
    int pages = 0;
    for (String next = null; pages == 0 || next != null; pages++) {
      JsonNode page = functions.call("list_runs_json", "limit", 2, "after", next);
      assertThat(keys(page)).isEqualTo(set("runs next"));
      assertThat(keys(page.get("runs").get(0))).isEqualTo(set(RUN_OF_A_LIST));
      seen.addAll(texts(page.get("runs"), "correlationId"));
      next = page.get("next").textValue();
    }
    assertThat(pages).isEqualTo(3);
    assertThat(seen).isEqualTo(newestFirst);
    assertThat(listed("limit", 5)).isEqualTo(newestFirst);
    assertThat(functions.call("list_runs_json", "limit", 5).get("next").isNull()).isTrue();
    assertThat(listed("state", "cancelled")).containsExactly(runs.get(4));
    assertThat(listed("state", "running")).hasSize(4);
    assertThat(listed("userId", "ben")).hasSize(2);
    assertThat(listed("workflow", "chain", "state", "running", "userId", "ann")).hasSize(2);
    assertThat(listed("userId", "nobody")).isEmpty();
  }

  /** Counted, not timed: rows read of a table that has many. */
  @ParameterizedTest
  @CsvSource({"'', 101", "completed, 101", "running, 101", "failed, 12"})
  void aPageOfRunsReadsWhatItShowsHoweverManyThereAre(String state, int mostRows) {
    int many = Counts.of(20_000, 1_000_000);
    database.leaveAlone();
    database
        .sql()
        .update(
            """
            insert into track_coordination.runs (correlation_id, definition_id, remaining_leaves, payload, state, finished_at)
            select track_coordination.new_correlation_id(), w.definition_id, case when n % 2 = 0 then 1 else 0 end, '{}', s.state,
                   case when s.state <> 'running' then now() end
              from generate_series(1, ?) n
              cross join track_coordination.workflows w
              cross join lateral (select case when n % (? / 10) = 1 then 'failed' when n % 2 = 0 then 'running' else 'completed' end as state) s
            """,
            many, many);
    database.sql().execute("analyze track_coordination.runs");
    long before = rowsOfRunsRead();
    JsonNode page =
        functions.call("list_runs_json", "limit", 50, "state", state.isEmpty() ? null : state);
    assertThat(page.get("runs")).hasSize(state.equals("failed") ? 10 : 50);
    long read = rowsOfRunsRead() - before;
    // the page, and each run that is shown once or twice more by its key
    assertThat(read).as("rows read").isPositive().isLessThanOrEqualTo(mostRows + 3 * 50L);
    database.sql().execute("truncate track_coordination.runs");
  }

  @Test
  void queuesGatesAndWorkflowsAreListed() {
    UUID run = run(start());
    database.awaitState(run, "gmail", "triggered");
    JsonNode queues = functions.call("list_queues_json");
    assertThat(keys(queues)).isEqualTo(set("queues"));
    assertThat(keys(queues.get("queues").get(0)))
        .isEqualTo(set("queue handler depth ready inProgress held oldestSeconds"));
    assertThat(texts(queues.get("queues"), "queue")).containsExactly("events", "work");

    functions.call("hold_json", "handler", "freee", "who", "ann", "why", "month end");
    JsonNode gates = functions.call("list_gates_json");
    assertThat(keys(gates)).isEqualTo(set("gates"));
    assertThat(keys(gates.get("gates").get(0)))
        .isEqualTo(
            set(
                "kind state handler circuit correlationId trackId userId reason who permits changedAt earliestAt routeId"));

    JsonNode workflows = functions.call("list_workflows_json", "workflow", "chain");
    assertThat(keys(workflows)).isEqualTo(set("workflows"));
    assertThat(keys(workflows.get("workflows").get(0))).isEqualTo(set(DEFINITION));
    for (JsonNode version : workflows.get("workflows")) { // other tests may have left some
      assertThat(version.get("running").asInt())
          .isEqualTo(version.get("current").asBoolean() ? 1 : 0);
    }

    JsonNode workflow = functions.call("workflow_json", "workflow", "chain");
    assertThat(keys(workflow)).isEqualTo(set("workflow hash current document"));
    assertThat(workflow.get("document").get("workflow").asText()).isEqualTo("chain");
    String hash = workflow.get("hash").asText();
    assertThat(functions.call("workflow_json", "workflow", "chain", "hash", hash.substring(0, 8)))
        .isEqualTo(workflow);

    assertThat(functions.call("audit_json")).hasToString("{\"findings\":[]}");
  }

  @Test
  @Tag(CoordinatedDatabase.BREAKS_INVARIANTS)
  void whatBreaksAnInvariantIsFound() {
    UUID run = run(start());
    database.awaitState(run, "gmail", "triggered");
    database.awaitSettled();
    database.sql().update("delete from track_coordination.work_queue");
    JsonNode findings = functions.call("audit_json").get("findings");
    assertThat(findings).hasSize(1);
    assertThat(keys(findings.get(0))).isEqualTo(set("invariant correlationId trackId detail"));
  }

  @Test
  void quarantinedEventsAreListedPageByPageReplayedAndDismissed() {
    List<Long> events = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      events.add(event(UUID.randomUUID(), "nobodys-track", "completed").get("eventId").asLong());
      database.awaitSettled();
    }
    List<String> seen = new ArrayList<>();
    int pages = 0;
    for (String next = null; pages == 0 || next != null; pages++) {
      JsonNode page = functions.call("list_quarantine_json", "limit", 2, "after", next);
      assertThat(keys(page)).isEqualTo(set("events next"));
      assertThat(keys(page.get("events").get(0)))
          .isEqualTo(set("eventId correlationId trackId eventType reason decidedAt"));
      seen.addAll(texts(page.get("events"), "eventId"));
      next = page.get("next").textValue();
    }
    assertThat(pages).isEqualTo(3);
    assertThat(seen)
        .isEqualTo(events.stream().sorted(Comparator.reverseOrder()).map(String::valueOf).toList());

    assertThat(functions.call("replay_event_json", "eventId", events.get(0), "who", "ann"))
        .hasToString("{\"replayed\":true}");
    assertThat(functions.call("dismiss_event_json", "eventId", events.get(1)))
        .hasToString("{\"dismissed\":true}");
    for (String function : List.of("replay_event_json", "dismiss_event_json")) {
      assertThat(functions.refusal(function, "eventId", events.get(1)).getSQLState())
          .as("not in quarantine any more")
          .isEqualTo("42704");
    }
    assertThat(
            database.texts(
                "select who from track_coordination.operator_actions where action = 'dismiss'"))
        .as("who, if nobody is named")
        .isEqualTo(database.texts("select current_user"));
    database.awaitSettled();
  }

  @Test
  void whatOperatorsDoTakesEffectOnce() {
    UUID run = run(start());
    database.awaitState(run, "gmail", "triggered");
    for (String expected : List.of("true", "false")) {
      assertThat(functions.call("hold_json", "correlationId", run, "trackId", "drive"))
          .hasToString("{\"held\":" + expected + "}");
    }
    for (String expected : List.of("true", "false")) {
      assertThat(functions.call("release_json", "correlationId", run, "trackId", "drive"))
          .hasToString("{\"released\":" + expected + "}");
    }
    for (String expected : List.of("true", "false")) {
      assertThat(
              functions.call(
                  "skip_json",
                  "correlationId",
                  run,
                  "trackId",
                  "gmail",
                  "payload",
                  Map.of("by", "hand")))
          .hasToString("{\"skipped\":" + expected + "}");
    }
    database.awaitState(run, "drive", "triggered");
    assertThat(database.input(run, "drive")).isEqualTo("{\"by\": \"hand\"}");
    claim(run, "drive");
    fail(run, "drive");
    database.awaitRunsEnded(1);
    for (int expected : List.of(1, 0)) {
      assertThat(functions.call("retry_json", "correlationId", run, "why", "mended"))
          .hasToString("{\"reopened\":" + expected + "}");
    }
    for (String expected : List.of("true", "false")) {
      assertThat(functions.call("cancel_json", "correlationId", run, "who", "ann"))
          .hasToString("{\"cancelled\":" + expected + "}");
    }
    String hash = functions.call("workflow_json", "workflow", "chain").get("hash").asText();
    for (String expected : List.of("true", "false")) {
      assertThat(functions.call("retire_definition_json", "workflow", "chain", "hash", hash))
          .hasToString("{\"retired\":" + expected + "}");
    }
  }

  static Stream<Arguments> keysOfAll() {
    return JsonFunctions.names()
        .flatMap(
            function ->
                JsonFunctions.ARGUMENTS.get(function).stream()
                    .map(key -> Arguments.of(function, key)));
  }

  @ParameterizedTest
  @MethodSource("keysOfAll")
  void aKeyOfAnotherTypeIsRefusedByItsName(String function, Key key) {
    Map<String, Object> argument = anyArgument(function);
    argument.put(key.name(), key.type() == JsonFunctions.Type.NUMBER ? "7" : List.of(7));
    ServerErrorMessage refused = functions.refusalOf(function, json(argument));
    assertThat(refused.getSQLState()).isEqualTo("22023");
    assertThat(refused.getMessage())
        .contains(key.name())
        .matches(".* is a JSON (array|string), .*(wanted|object)");
  }

  @ParameterizedTest
  @MethodSource("keysOfAll")
  void aKeyThatIsMissingOrNullIsRefusedOnlyIfItIsRequired(String function, Key key) {
    Map<String, Object> without = anyArgument(function);
    without.remove(key.name());
    Map<String, Object> withNull = anyArgument(function);
    withNull.put(key.name(), null);
    for (Map<String, Object> argument : List.of(without, withNull)) {
      if (key.required()) {
        ServerErrorMessage refused = functions.refusalOf(function, json(argument));
        assertThat(refused.getSQLState()).isEqualTo("22023");
        assertThat(refused.getMessage()).isEqualTo("key " + key.name() + " is missing");
      } else {
        assertThat(stateOf(function, argument)).isIn("00000", "42704", "55000", "22023");
      }
    }
  }

  static Stream<String> all() {
    return JsonFunctions.names();
  }

  @ParameterizedTest
  @MethodSource("all")
  void anUnknownKeyIsRefusedWithThoseThatThereAre(String function) {
    Map<String, Object> argument = anyArgument(function);
    argument.put("correlation_id", "x");
    ServerErrorMessage refused = functions.refusalOf(function, json(argument));
    assertThat(refused.getSQLState()).isEqualTo("22023");
    assertThat(refused.getMessage()).isEqualTo("unknown key correlation_id");
    assertThat(refused.getHint())
        .contains(
            JsonFunctions.ARGUMENTS.get(function).stream()
                .map(Key::name)
                .collect(Collectors.joining(", ")));
    if (anyArgument(function).containsKey("correlationId")) {
      assertThat(refused.getHint()).startsWith("Did you mean correlationId? ");
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void whatIsNoObjectIsRefused(String function) {
    for (String argument : List.of("[]", "7", "\"x\"", "null", "true")) {
      ServerErrorMessage refused = functions.refusalOf(function, argument);
      assertThat(refused.getSQLState()).isEqualTo("22023");
      assertThat(refused.getMessage()).startsWith("the argument is a JSON ");
    }
    ServerErrorMessage refused = functions.refusalOf(function, null);
    assertThat(refused.getMessage()).isEqualTo("the argument is missing, not a JSON object");
  }

  /** No text of PostgreSQL holds them, and no function is reached. */
  @ParameterizedTest
  @CsvSource({"\\u0000, 22P05", "\\ud800, 22P02", "\\udc00, 22P02"})
  void charactersThatNoTextHoldsAreRefused(String character, String state) {
    for (String argument :
        List.of(
            "{\"workflow\": \"x" + character + "\"}",
            "{\"workflow\": \"chain\", \"payload\": {\"x\": \"" + character + "\"}}")) {
      assertThat(functions.refusalOf("start_run_json", argument).getSQLState()).isEqualTo(state);
    }
  }

  @Test
  void aPayloadOverOneMebibyteIsRefusedAndOneOfThatSizeIsNot() {
    UUID run = run(start());
    database.awaitState(run, "gmail", "triggered");
    claim(run, "gmail");
    // {"x": "…"} as PostgreSQL writes it
    Map<String, Object> fits = Map.of("x", "x".repeat(1_048_576 - 9));
    Map<String, Object> tooLarge = Map.of("x", "x".repeat(1_048_576 - 8));
    Map<String, Object[]> calls =
        Map.of(
            "start_run_json", new Object[] {"workflow", "chain"},
            "record_track_event_json",
                new Object[] {"correlationId", run, "trackId", "gmail", "eventType", "data_ready"},
            "complete_work_json",
                new Object[] {"correlationId", run, "trackId", "gmail", "attempt", 1},
            "skip_json", new Object[] {"correlationId", run, "trackId", "drive"});
    calls.forEach(
        (function, argument) -> {
          ServerErrorMessage refused =
              functions.refusal(function, with(argument, "payload", tooLarge));
          assertThat(refused.getSQLState()).as(function).isEqualTo("54000");
          assertThat(refused.getMessage())
              .isEqualTo("payload has 1048577 bytes, at most 1048576 are allowed");
        });
    assertThat(
            functions
                .refusal(
                    "record_track_event_json",
                    with(calls.get("record_track_event_json"), "metadata", tooLarge))
                .getSQLState())
        .isEqualTo("54000");
    functions.call("start_run_json", "workflow", "chain", "payload", fits);
    functions.call("complete_work_json", with(calls.get("complete_work_json"), "payload", fits));
    database.awaitState(run, "drive", "triggered");
  }

  @ParameterizedTest
  @MethodSource("all")
  void whatIsNotThereIsSaidSo(String function) {
    Map<String, Object> argument = anyArgument(function);
    if (argument.isEmpty() || function.startsWith("list_") || function.startsWith("record_")) {
      return;
    }
    if (List.of("hold_json", "release_json", "claim_work_json").contains(function)) {
      return; // what is not there yet may be held, and served
    }
    ServerErrorMessage refused = functions.refusalOf(function, json(argument));
    assertThat(refused.getSQLState()).isEqualTo("42704");
    assertThat(refused.getMessage()).matches("there is no .*|event 4711 is not in quarantine");
    assertThat(refused.getHint()).isNotEmpty();
  }

  @Test
  void aTrackAWorkflowAHandlerThatIsNotThereIsSaidSo() {
    UUID run = run(start());
    for (String function :
        List.of("why_json", "dependencies_met_json", "skip_json", "retry_json")) {
      assertThat(functions.refusal(function, "correlationId", run, "trackId", "mail").getSQLState())
          .as(function)
          .isEqualTo("42704");
    }
    assertThat(functions.refusal("list_runs_json", "workflow", "chains").getSQLState())
        .isEqualTo("42704");
    assertThat(functions.refusal("list_workflows_json", "workflow", "chains").getSQLState())
        .isEqualTo("42704");
    assertThat(
            functions
                .refusal("workflow_json", "workflow", "chain", "hash", "00000000")
                .getSQLState())
        .isEqualTo("42704");
  }

  @Test
  void whoLostAnAttemptIsToldWhatBecameOfIt() {
    UUID run = run(start());
    database.awaitState(run, "gmail", "triggered");
    claim(run, "gmail");
    Map<String, String> sentences =
        Map.of(
            "heartbeat_json", "attempt 1 runs at worker w",
            "complete_work_json", "attempt 1 runs at worker w",
            "give_back_json", "attempt 1 runs at worker w");
    sentences.forEach(
        (function, sentence) -> {
          ServerErrorMessage refused =
              functions.refusal(function, "correlationId", run, "trackId", "gmail", "attempt", 2);
          assertThat(refused.getSQLState()).isEqualTo("55000");
          assertThat(refused.getMessage())
              .isEqualTo(
                  "attempt 2 of track gmail in run "
                      + run
                      + " is not yours, or no longer: "
                      + sentence);
        });
    assertThat(
            functions
                .refusal("heartbeat_json", "correlationId", run, "trackId", "drive", "attempt", 1)
                .getMessage())
        .endsWith(": nobody has claimed it");
    functions.call("cancel_json", "correlationId", run);
    database.sql().queryForList("select track_coordination.clean_up(cancelled => '0')");
    assertThat(
            functions
                .refusal(
                    "complete_work_json", "correlationId", run, "trackId", "gmail", "attempt", 1)
                .getSQLState())
        .as("of a run that was cleaned up")
        .isEqualTo("55000");
    ServerErrorMessage gone = functions.refusal("run_json", "correlationId", run);
    assertThat(gone.getSQLState()).isEqualTo("42704");
    assertThat(gone.getMessage()).isEqualTo("there is no run " + run + " any more");
    assertThat(gone.getHint()).startsWith("It cancelled at ").contains("was cleaned up at ");
  }

  @Test
  void eventsThatBeganNoRunAreShown() {
    UUID run = UUID.randomUUID();
    event(run, "nobodys-track", "completed");
    database.awaitSettled();
    JsonNode chain = functions.call("execution_chain_json", "correlationId", run);
    assertThat(keys(chain)).isEqualTo(set(RUN_FACTS + " events"));
    assertThat(chain.get("state").isNull()).isTrue();
    assertThat(texts(chain.get("events"), "fate")).containsExactly("quarantined");
  }

  @ParameterizedTest
  @CsvSource({
    "claim_work_json, max, 0, whole number from 1 to 1000",
    "claim_work_json, max, 1001, whole number from 1 to 1000",
    "claim_work_json, max, 1.5, whole number from 1 to 1000",
    "claim_work_json, max, 1e400, whole number from 1 to 1000",
    "claim_work_json, lease, '\"0s\"', longer than 0 and at most 1 day",
    "claim_work_json, lease, '\"-1s\"', longer than 0 and at most 1 day",
    "claim_work_json, lease, '\"25h\"', longer than 0 and at most 1 day",
    "claim_work_json, lease, '\"soon\"', longer than 0 and at most 1 day",
    "claim_work_json, lease, '\"999999999999 years\"', longer than 0 and at most 1 day",
    "heartbeat_json, lease, '\"2 days\"', longer than 0 and at most 1 day",
    "heartbeat_json, attempt, 0, whole number from 1 to 2147483647",
    "heartbeat_json, attempt, 2147483648, whole number from 1 to 2147483647",
    "start_run_json, priority, 10, whole number from 0 to 9",
    "start_run_json, correlationId, '\"x\"', a UUID is wanted",
    "list_runs_json, limit, 1001, whole number from 1 to 1000",
    "list_runs_json, state, '\"ended\"', which no run has",
    "list_runs_json, after, '\"x\"', a UUID is wanted",
    "list_quarantine_json, after, '\"x\"', no cursor of this list",
  })
  void aValueOutOfItsRangeIsRefusedWithWhatIsWanted(
      String function, String key, String value, String wanted) {
    Map<String, Object> argument = anyArgument(function);
    argument.put(key, JsonFunctions.parse(value));
    ServerErrorMessage refused = functions.refusalOf(function, json(argument));
    assertThat(refused.getSQLState()).isEqualTo("22023");
    assertThat(refused.getMessage()).startsWith("key " + key + " is ").contains(wanted);
    assertThat(refused.getMessage().length()).isLessThan(300);
  }

  @Test
  void keysOfAnErrorAreCheckedToo() {
    Map<String, Object> argument = anyArgument("fail_work_json");
    argument.put("error", Map.of("klass", "Io"));
    assertThat(functions.refusalOf("fail_work_json", json(argument)).getMessage())
        .isEqualTo("unknown key error.klass");
    argument.put("error", Map.of("status", 42));
    assertThat(functions.refusalOf("fail_work_json", json(argument)).getMessage())
        .isEqualTo("key status is 42, a whole number from 100 to 599 is wanted");
  }

  /** With a value for each key: of the right type, and of nothing that is there. */
  private static Map<String, Object> anyArgument(String function) {
    Map<String, Object> argument = new LinkedHashMap<>();
    for (Key key : JsonFunctions.ARGUMENTS.get(function)) {
      argument.put(
          key.name(),
          switch (key.name()) {
            case "eventType" -> "completed";
            case "state" -> "running";
            case "hash" -> "0123456789abcdef";
            case "eventId" -> 4711;
            case "metadata" -> Map.of("by", "a test");
            case "error" -> Map.of("class", "Io");
            default ->
                switch (key.type()) {
                  case TEXT -> "nothing";
                  case UUID -> "0198c1f0-7a3b-4c11-9a3e-5a3c1d2e4f60";
                  case NUMBER -> 1;
                  case DURATION -> "1m";
                  case TIME -> "2026-11-28T03:12:07+09:00";
                  case BOOLEAN -> false;
                  case OBJECT -> Map.of();
                };
          });
    }
    if (function.equals("list_quarantine_json")) {
      argument.put("after", "1,1,0198c1f0-7a3b-4c11-9a3e-5a3c1d2e4f60");
    }
    return argument;
  }

  private String stateOf(String function, Map<String, Object> argument) {
    try {
      functions.callWith(function, json(argument));
      return "00000";
    } catch (org.springframework.dao.DataAccessException refused) {
      return JsonFunctions.message(refused).getSQLState();
    }
  }

  private JsonNode start(Object... keysAndValues) {
    return functions.call("start_run_json", with(keysAndValues, "workflow", "chain"));
  }

  private JsonNode event(UUID run, String track, String type) {
    return functions.call(
        "record_track_event_json",
        "correlationId",
        run,
        "trackId",
        track,
        "eventType",
        type,
        "payload",
        Map.of());
  }

  /** The work of a track, as soon as it is there. */
  private JsonNode claim(UUID run, String track) {
    database.awaitState(run, track, "triggered");
    JsonNode answer =
        functions.call(
            "claim_work_json", "handler", track, "worker", "w", "max", 10, "lease", "30m");
    assertThat(keys(answer)).isEqualTo(set("work"));
    assertThat(answer.get("work")).hasSize(1);
    return answer.get("work").get(0);
  }

  private void complete(UUID run, String track, Map<String, Object> payload) {
    claim(run, track);
    functions.call(
        "complete_work_json",
        "correlationId",
        run,
        "trackId",
        track,
        "attempt",
        1,
        "payload",
        payload);
    database.awaitState(run, track, "completed");
  }

  private void fail(UUID run, String track) {
    functions.call(
        "fail_work_json",
        "correlationId",
        run,
        "trackId",
        track,
        "attempt",
        1,
        "error",
        Map.of("class", "Io"));
    database.awaitState(run, track, "failed");
  }

  private List<String> listed(Object... filters) {
    return texts(functions.call("list_runs_json", filters).get("runs"), "correlationId");
  }

  private boolean awaited(UUID run) {
    return database.count(
            "select count(*) from track_coordination.runs where correlation_id = ? and awaited",
            run)
        == 1;
  }

  private static long rowsOfRunsRead() {
    database.sql().execute("select pg_stat_force_next_flush()");
    return database.count(
        "select seq_tup_read + coalesce(idx_tup_fetch, 0) from pg_stat_all_tables where relid = cast('track_coordination.runs' as regclass)");
  }

  private static UUID run(JsonNode started) {
    return UUID.fromString(started.get("correlationId").asText());
  }

  private static Object[] with(Object[] keysAndValues, Object... more) {
    return Stream.concat(Stream.of(keysAndValues), Stream.of(more)).toArray();
  }

  private static String json(Map<String, Object> argument) {
    return JsonFunctions.json(argument);
  }

  private static TreeSet<String> set(String names) {
    return new TreeSet<>(List.of(names.split(" ")));
  }
}

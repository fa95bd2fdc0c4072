package org.trackcoordinator.sql;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;

/** Calls the functions of the schema that have one JSON argument, as PostgREST does. */
final class JsonFunctions {

  /** What a key holds. */
  enum Type {
    TEXT,
    UUID,
    NUMBER,
    DURATION,
    TIME,
    BOOLEAN,
    OBJECT
  }

  /** A key of an argument. */
  record Key(String name, Type type, boolean required) {}

  /** The argument of each, as the comments above the functions have it: {@code name:TYPE!}. */
  static final Map<String, List<Key>> ARGUMENTS =
      Map.ofEntries(
          argument(
              "record_track_event_json",
              "correlationId:UUID! trackId:TEXT! eventType:TEXT! userId:TEXT payload:OBJECT metadata:OBJECT"),
          argument(
              "start_run_json",
              "workflow:TEXT! payload:OBJECT correlationId:UUID userId:TEXT idempotencyKey:TEXT completes:TEXT priority:NUMBER awaited:BOOLEAN traceparent:TEXT"),
          argument("claim_work_json", "handler:TEXT! worker:TEXT! max:NUMBER lease:DURATION"),
          argument(
              "heartbeat_json",
              "correlationId:UUID! trackId:TEXT! attempt:NUMBER! lease:DURATION doing:TEXT"),
          argument(
              "complete_work_json",
              "correlationId:UUID! trackId:TEXT! attempt:NUMBER! payload:OBJECT"),
          argument(
              "fail_work_json", "correlationId:UUID! trackId:TEXT! attempt:NUMBER! error:OBJECT!"),
          argument("give_back_json", "correlationId:UUID! trackId:TEXT! attempt:NUMBER!"),
          argument("run_json", "correlationId:UUID!"),
          argument("execution_chain_json", "correlationId:UUID!"),
          argument("dependencies_met_json", "correlationId:UUID! trackId:TEXT!"),
          argument("why_json", "correlationId:UUID! trackId:TEXT"),
          argument(
              "list_runs_json",
              "workflow:TEXT state:TEXT userId:TEXT since:TIME limit:NUMBER after:UUID"),
          argument("list_tracks_json", "correlationId:UUID!"),
          argument("read_payloads_json", "correlationId:UUID! trackId:TEXT!"),
          argument("list_queues_json", ""),
          argument("list_gates_json", ""),
          argument("list_quarantine_json", "limit:NUMBER after:TEXT"),
          argument("list_workflows_json", "workflow:TEXT"),
          argument("workflow_json", "workflow:TEXT! hash:TEXT"),
          argument("audit_json", ""),
          argument("retry_json", "correlationId:UUID! trackId:TEXT who:TEXT why:TEXT"),
          argument(
              "skip_json", "correlationId:UUID! trackId:TEXT! payload:OBJECT who:TEXT why:TEXT"),
          argument("cancel_json", "correlationId:UUID! who:TEXT why:TEXT"),
          argument(
              "hold_json",
              "handler:TEXT userId:TEXT correlationId:UUID trackId:TEXT who:TEXT why:TEXT"),
          argument(
              "release_json",
              "handler:TEXT userId:TEXT correlationId:UUID trackId:TEXT who:TEXT why:TEXT"),
          argument("replay_event_json", "eventId:NUMBER! who:TEXT why:TEXT"),
          argument("dismiss_event_json", "eventId:NUMBER! who:TEXT why:TEXT"),
          argument("retire_definition_json", "workflow:TEXT! hash:TEXT! who:TEXT why:TEXT"));

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

  private final JdbcTemplate sql;

  JsonFunctions(JdbcTemplate sql) {
    this.sql = sql;
  }

  /**
   * The answer of a call; keys and values by turns: {@code call("run_json", "correlationId", id)}.
   */
  JsonNode call(String function, Object... keysAndValues) {
    return callWith(function, argument(keysAndValues));
  }

  /** The answer of a call with this JSON text. */
  JsonNode callWith(String function, String argument) {
    return parse(
        sql.queryForObject(
            "select track_coordination." + function + "(cast(? as jsonb))",
            String.class,
            argument));
  }

  /** What this JSON text says. */
  static JsonNode parse(String json) {
    try {
      return JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What the server says to a call that it refuses. */
  ServerErrorMessage refusal(String function, Object... keysAndValues) {
    return refusalOf(function, argument(keysAndValues));
  }

  /** The same, with this JSON text. */
  ServerErrorMessage refusalOf(String function, String argument) {
    try {
      JsonNode answer = callWith(function, argument);
      throw new AssertionError(function + " answered " + answer + " to " + argument);
    } catch (DataAccessException refused) {
      return message(refused);
    }
  }

  static ServerErrorMessage message(DataAccessException refused) {
    SQLException cause = (SQLException) refused.getRootCause();
    return ((PSQLException) cause).getServerErrorMessage();
  }

  /** The names of an object's keys. */
  static TreeSet<String> keys(JsonNode object) {
    TreeSet<String> keys = new TreeSet<>();
    object.fieldNames().forEachRemaining(keys::add);
    return keys;
  }

  /** What the elements of a list have under this key. */
  static List<String> texts(JsonNode list, String key) {
    return StreamSupport.stream(list.spliterator(), false)
        .map(element -> element.get(key).asText())
        .toList();
  }

  /** A JSON object of keys and values by turns; null values are left out. */
  static String argument(Object... keysAndValues) {
    var object = JSON.createObjectNode();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      if (keysAndValues[i + 1] != null) {
        Object value = keysAndValues[i + 1];
        object.set(
            (String) keysAndValues[i],
            JSON.valueToTree(value instanceof java.util.UUID id ? id.toString() : value));
      }
    }
    return object.toString();
  }

  static String json(Map<String, Object> object) {
    return JSON.valueToTree(object).toString();
  }

  private static Map.Entry<String, List<Key>> argument(String function, String keys) {
    return Map.entry(
        function,
        Arrays.stream(keys.split(" "))
            .filter(key -> !key.isEmpty())
            .map(JsonFunctions::key)
            .toList());
  }

  private static Key key(String text) {
    String[] parts = text.split("[:!]");
    return new Key(parts[0], Type.valueOf(parts[1]), text.endsWith("!"));
  }

  /** All of them. */
  static Stream<String> names() {
    return ARGUMENTS.keySet().stream().sorted();
  }
}

package org.trackcoordinator.coordinator;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.camel.CamelContext;
import org.trackcoordinator.condition.Conditions;

/** The bean {@code askConditions}: tells which of a handler's ready activations are to be done. */
public final class AskConditions {

  private static final int MOST_CHARACTERS = 2_000;

  private final Supplier<CamelContext> camel;
  private Conditions conditions;

  /**
   * @param camel whose beans and properties conditions may use; asked for when the first one is
   */
  public AskConditions(Supplier<CamelContext> camel) {
    this.camel = camel;
  }

  /**
   * Asks each condition once.
   *
   * @param group the ready activations of one {@code handler}
   * @param asked rows of {@code read-inputs.sql}; one without an input is left as it is
   * @return the group with those whose condition is true; {@code refused} is how many were false
   *     and {@code unanswered} how many could not be evaluated, with their keys and errors in
   *     arrays
   * @throws RuntimeException if the database failed a bean that a condition uses, for a reason that
   *     passes, or a limit was reached: the batch is taken again
   */
  public Map<String, Object> ask(Map<String, Object> group, List<Map<String, Object>> asked) {
    List<Map<String, Object>> go = new ArrayList<>();
    List<Map<String, Object>> refused = new ArrayList<>();
    List<Map<String, Object>> unanswered = new ArrayList<>();
    List<String> errors = new ArrayList<>();
    for (Map<String, Object> row : asked) {
      try {
        (isTrue(row) ? go : refused).add(row);
      } catch (RuntimeException | Error e) {
        if (TransientFailure.isTransient(e) || LimitReached.isIn(e)) {
          throw e;
        }
        unanswered.add(row);
        errors.add(message(e));
      }
    }
    Map<String, Object> answer = new HashMap<>(group);
    answer.put("activations", (long) go.size());
    for (String key :
        List.of("correlation_id", "track_no", "trigger_event_id", "source_event_id")) {
      answer.put(key + "s", array(go, key));
    }
    putKeys(answer, "refused", refused);
    putKeys(answer, "unanswered", unanswered);
    answer.put("unanswered_errors", errors.toArray(String[]::new));
    return answer;
  }

  private boolean isTrue(Map<String, Object> row) {
    String input = (String) row.get("input");
    if (input == null) {
      return true;
    }
    Map<String, Object> headers = new HashMap<>();
    headers.put("trackCorrelationId", row.get("correlation_id"));
    headers.put("trackId", row.get("track_id"));
    headers.put("trackUserId", row.get("user_id"));
    return conditions().isTrue((String) row.get("condition"), input, headers);
  }

  private synchronized Conditions conditions() {
    if (conditions == null) {
      conditions = new Conditions(camel.get());
    }
    return conditions;
  }

  private static String message(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null && cause.getCause() != cause) {
      cause = cause.getCause();
    }
    // a message may quote the input, which makes no lines of its own in a log
    String message = Errors.message(cause).replaceAll("\\p{Cntrl}+", " ");
    return message.length() <= MOST_CHARACTERS
        ? message
        : message.substring(0, MOST_CHARACTERS) + "…";
  }

  private static void putKeys(
      Map<String, Object> answer, String name, List<Map<String, Object>> rows) {
    answer.put(name, rows.size());
    answer.put(name + "_correlation_ids", array(rows, "correlation_id"));
    answer.put(name + "_track_nos", array(rows, "track_no"));
  }

  /** In PostgreSQL's text form; ids and numbers need no quotes. */
  private static String array(List<Map<String, Object>> rows, String column) {
    StringBuilder array = new StringBuilder("{");
    for (Map<String, Object> row : rows) {
      array.append(array.length() == 1 ? "" : ",").append(row.get(column));
    }
    return array.append('}').toString();
  }
}

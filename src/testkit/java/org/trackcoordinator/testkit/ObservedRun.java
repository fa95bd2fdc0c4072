package org.trackcoordinator.testkit;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.AssertionFailureBuilder;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;

/** One run as a test asks about it; whatever is not as it should be is told with chain and why. */
final class ObservedRun {

  private static final Set<String> EVENTS =
      new TreeSet<>(
          Set.of(
              "triggered",
              "started",
              "data_ready",
              "completed",
              "failed",
              "timed_out",
              "retried",
              "skipped",
              "cancelled"));

  /** Of {@code why}: the track can be claimed, or somebody else than this test's routes has it. */
  private static final Set<String> CLAIMABLE = Set.of("no-worker", "waits-for-worker");

  private static final String IN_PROGRESS = "in-progress";

  private final JdbcTemplate sql;
  private final UUID id;
  private final Map<String, String> handlers = new LinkedHashMap<>(); // by track

  /** A row of the chain that had an effect. */
  private record Event(String track, String type) {
    @Override
    public String toString() {
      return track + " " + type;
    }
  }

  /**
   * @throws IllegalArgumentException if there is no such run
   */
  ObservedRun(JdbcTemplate sql, UUID id) {
    this.sql = sql;
    this.id = id;
    try {
      sql.query(
          """
          select t.track_id, t.handler
            from track_coordination.require_run(?) r
            join track_coordination.definition_tracks t on t.definition_id = r.definition_id
           order by t.track_no
          """,
          row -> {
            handlers.put(row.getString("track_id"), row.getString("handler"));
          },
          id);
    } catch (DataAccessException e) {
      throw Refused.because(e);
    }
  }

  /**
   * What performs a track.
   *
   * @throws IllegalArgumentException if the run's workflow has no such track
   */
  String handler(String trackId) {
    String handler = handlers.get(trackId);
    if (handler == null) {
      throw new IllegalArgumentException(
          "the workflow %s has no track '%s'; its tracks are: %s"
              .formatted(workflow(), trackId, String.join(", ", handlers.keySet())));
    }
    return handler;
  }

  String state() {
    return text("select state from track_coordination.runs where correlation_id = ?", id);
  }

  String state(String trackId) {
    handler(trackId);
    List<String> states =
        sql.queryForList(
            "select state from track_coordination.activation_states where correlation_id = ? and track_id = ?",
            String.class,
            id,
            trackId);
    return states.isEmpty() ? "waiting" : states.get(0); // a handler at the run's end
  }

  boolean isTriggered(String trackId) {
    handler(trackId);
    return events().contains(new Event(trackId, "triggered"));
  }

  List<String> chain() {
    return events().stream().map(Event::toString).toList();
  }

  String why(String trackId) {
    handler(trackId);
    return text("select sentence from track_coordination.why(?, ?)", id, trackId);
  }

  /** JSON text of what a track works on. */
  String input(String trackId) {
    if (!isTriggered(trackId)) {
      failure(trackId + " has no input: it was not triggered", trackId).buildAndThrow();
    }
    return text("select track_coordination.activation_input(?, ?)::text", id, trackId);
  }

  String result() {
    if (!state().equals("completed")) {
      failure("the run has no result: it is " + state(), null).buildAndThrow();
    }
    return text("select track_coordination.run_result(?)::text", id);
  }

  /**
   * Records an event of a track as a worker elsewhere does. Returns its id.
   *
   * @throws IllegalArgumentException if the database refuses it
   */
  long record(String trackId, String eventType, String payload) {
    try {
      return sql.queryForObject(
          "select track_coordination.record_track_event(null, ?, ?, ?, cast(? as jsonb))",
          Long.class,
          trackId,
          eventType,
          id,
          payload);
    } catch (DataAccessException e) {
      throw Refused.because(e);
    }
  }

  /**
   * Whether a worker could report this now.
   *
   * @throws AssertionError if not: it was not triggered, is over, held, or not due yet
   */
  void requireTurn(String trackId, String eventType) {
    String reason = text("select reason from track_coordination.why(?, ?)", id, trackId);
    boolean mine =
        CLAIMABLE.contains(reason) || (reason.equals(IN_PROGRESS) && !eventType.equals("started"));
    if (!mine) {
      String advice = reason.equals("not-due") ? "; let the time pass first, with advanceTime" : "";
      failure(
              "%s cannot be %s now: it is %s%s"
                  .formatted(trackId, eventType, state(trackId), advice),
              trackId)
          .buildAndThrow();
    }
  }

  /**
   * @throws AssertionError if the event had no effect
   */
  void requireEffect(long eventId, String trackId, String eventType) {
    List<String> fates =
        sql.queryForList(
            "select fate || ': ' || reason from track_coordination.event_fates where correlation_id = ? and event_id = ?",
            String.class,
            id,
            eventId);
    if (!fates.isEmpty()) {
      failure("'%s %s' had no effect: %s".formatted(trackId, eventType, fates.get(0)), trackId)
          .buildAndThrow();
    }
  }

  /**
   * @throws AssertionError if the events of the types that are named are not exactly these
   * @throws IllegalArgumentException if one is no event of a track
   */
  void requireChain(List<String> wanted) {
    Set<String> types = new TreeSet<>();
    wanted.forEach(event -> types.add(event(event).type()));
    List<String> found =
        events().stream().filter(e -> types.contains(e.type())).map(Event::toString).toList();
    requireEqual("the chain is another one", null, wanted, found);
  }

  /** The same of one track and all its events. */
  void requireEvents(String trackId, List<String> wanted) {
    handler(trackId);
    wanted.forEach(this::requireEventType);
    List<String> found =
        events().stream().filter(e -> e.track().equals(trackId)).map(Event::type).toList();
    requireEqual(trackId + " had other events", trackId, wanted, found);
  }

  void requireEqual(String what, String trackId, Object expected, Object actual) {
    if (!expected.equals(actual)) {
      difference(what, trackId, expected, actual).buildAndThrow();
    }
  }

  /** Equal as {@code jsonb}: the order of keys does not matter, nor do zeros at the end. */
  void requireJson(String what, String trackId, String expected, String actual) {
    boolean equal =
        Boolean.TRUE.equals(
            sql.queryForObject(
                "select cast(? as jsonb) = cast(? as jsonb)", Boolean.class, expected, actual));
    if (!equal) {
      String alike = text("select cast(cast(? as jsonb) as text)", expected);
      difference(what, trackId, alike, actual).buildAndThrow();
    }
  }

  /**
   * What is wrong, how the run stands, and why.
   *
   * @param trackId the track that it is about, or null for the run
   */
  AssertionFailureBuilder failure(String what, String trackId) {
    StringBuilder message = new StringBuilder(what);
    message.append("\nRun %s of %s is %s. Its chain:".formatted(id, workflow(), state()));
    for (String line : lines()) {
      message.append("\n  ").append(line);
    }
    message.append("\nWhy:");
    for (String sentence : whys(trackId)) {
      message.append("\n  ").append(sentence);
    }
    return AssertionFailureBuilder.assertionFailure()
        .message(message.toString())
        .includeValuesInMessage(false);
  }

  private AssertionFailureBuilder difference(
      String what, String trackId, Object expected, Object actual) {
    return failure("%s\n  expected: %s\n  but was:  %s".formatted(what, expected, actual), trackId)
        .expected(expected)
        .actual(actual);
  }

  private List<String> whys(String trackId) {
    return trackId == null
        ? sql.queryForList("select sentence from track_coordination.why(?)", String.class, id)
        : List.of(why(trackId));
  }

  private List<Event> events() {
    return sql.query(
        "select track_id, event_type from track_coordination.execution_chain(?) where fate = 'consumed'",
        (row, n) -> new Event(row.getString("track_id"), row.getString("event_type")),
        id);
  }

  private List<String> lines() {
    List<String> lines =
        sql.queryForList(
            """
            select concat(track_id, ' ', event_type, ', attempt ' || attempt,
                          ': ' || nullif(concat_ws(', ', nullif(fate, 'consumed'), detail), ''))
              from track_coordination.execution_chain(?)
            """,
            String.class,
            id);
    return lines.isEmpty() ? List.of("(no event)") : lines;
  }

  private Event event(String text) {
    int space = text.lastIndexOf(' ');
    if (space < 1) {
      throw new IllegalArgumentException(
          "'%s' is no event of a track, such as 'gmail completed'".formatted(text));
    }
    Event event = new Event(text.substring(0, space), text.substring(space + 1));
    requireEventType(event.type());
    handler(event.track());
    return event;
  }

  private void requireEventType(String type) {
    if (!EVENTS.contains(type)) {
      throw new IllegalArgumentException(
          "'%s' is no type of event; they are: %s".formatted(type, String.join(", ", EVENTS)));
    }
  }

  private String workflow() {
    return text(
        "select d.workflow from track_coordination.runs r join track_coordination.definitions d using (definition_id)"
            + " where r.correlation_id = ?",
        id);
  }

  private String text(String query, Object... parameters) {
    return sql.queryForObject(query, String.class, parameters);
  }
}

package org.trackcoordinator.workflow;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Reads what a track and `defaults` may say. */
final class TrackReader {

  static final List<String> DEFAULT_KEYS = List.of("timeout", "triggerTimeout", "retry");

  private static final List<String> TRACK_KEYS =
      List.of(
          "description",
          "dependsOn",
          "handler",
          "circuit",
          "timeout",
          "triggerTimeout",
          "retry",
          "maxConcurrent",
          "rate",
          "onFailure",
          "when");
  private static final List<String> RETRY_KEYS =
      List.of("maxAttempts", "backoff", "multiplier", "maxBackoff", "jitter", "notOn");
  private static final Pattern ERROR =
      Pattern.compile("[1-5][0-9][0-9]|[1-5]xx|[A-Za-z_][A-Za-z0-9_.$-]{0,499}");
  private static final List<String> DEPENDENCY_KEYS = List.of("track", "on");
  private static final List<String> ON_FAILURE_KEYS = List.of("fallback");

  private final Problems problems;
  private final List<Setting> settings;

  TrackReader(Problems problems, List<Setting> settings) {
    this.problems = problems;
    this.settings = settings;
  }

  /** A track, empty after a problem; `gmail:` without a value is one without settings. */
  TrackDraft read(String id, Node.Entry entry, String path) {
    Node nothing = new Node.Mapping(entry.key(), Map.of());
    Node node = entry.value().isNull() ? nothing : entry.value();
    Fields.isName(id, entry.key(), path, problems);
    Fields fields = Fields.of(node, entry.position(), path, TRACK_KEYS, problems);
    if (fields == null) {
      fields = Fields.of(nothing, entry.position(), path, TRACK_KEYS, problems);
    }
    return new TrackDraft(
        id,
        entry.key(),
        path,
        fields.text("description"),
        fields.name("handler"),
        dependencies(fields),
        limit("timeout", fields),
        limit("triggerTimeout", fields),
        retry(fields),
        placed(fields, "circuit", fields.name("circuit")),
        placed(fields, "maxConcurrent", fields.integer("maxConcurrent", 1, 100_000)),
        placed(fields, "rate", rate(fields)),
        onFailure(fields),
        when(fields));
  }

  /** A limit of a track or of `defaults`. */
  Duration limit(String key, Fields fields) {
    Duration limit = fields.limit(key);
    if (limit != null && limit != Durations.NONE) {
      wrote(key, fields, key);
    }
    return limit;
  }

  /** The `retry` of a track or of `defaults`. */
  RetryDraft retry(Fields fields) {
    Fields retry = fields.map("retry", RETRY_KEYS);
    if (retry == null) {
      return RetryDraft.NOTHING;
    }
    wrote("retry", fields, "retry");
    return new RetryDraft(
        retry.integer("maxAttempts", 1, 1_000),
        place(retry, "backoff", retry.duration("backoff")),
        retry.decimal("multiplier", 1, 100),
        place(retry, "maxBackoff", retry.duration("maxBackoff")),
        retry.decimal("jitter", 0, 1),
        errors(retry));
  }

  /** The list {@code notOn}: classes and HTTP statuses. */
  private List<String> errors(Fields retry) {
    if (!retry.has("notOn")) {
      return null;
    }
    String path = retry.path("notOn");
    if (!(retry.node("notOn") instanceof Node.Sequence sequence)) {
      String message = "must be a list such as [4xx, InvoiceRejected], but is ";
      problems.add(retry.position("notOn"), path, message + retry.node("notOn").kind());
      return null;
    }
    List<String> errors = new ArrayList<>();
    for (int i = 0; i < sequence.items().size(); i++) {
      Node item = sequence.items().get(i);
      if (item instanceof Node.Scalar scalar && ERROR.matcher(scalar.text()).matches()) {
        errors.add(scalar.text());
      } else {
        String message = "must be an error class, or an HTTP status such as 404 or 4xx, but is ";
        problems.add(item.position(), path + "[" + i + "]", message + item.kind());
      }
    }
    return errors;
  }

  void wrote(String name, Fields fields, String key) {
    Position position = fields.keyPosition(key);
    settings.add(new Setting(name, fields.path(key), position.line(), position.column()));
  }

  private List<Placed<Dependency>> dependencies(Fields fields) {
    List<Placed<Dependency>> list = new ArrayList<>();
    if (!fields.has("dependsOn")) {
      return list;
    }
    String path = fields.path("dependsOn");
    if (fields.node("dependsOn") instanceof Node.Sequence sequence) {
      for (int i = 0; i < sequence.items().size(); i++) {
        Node item = sequence.items().get(i);
        addDependency(item, item.position(), path + "[" + i + "]", list);
      }
    } else {
      addDependency(fields.node("dependsOn"), fields.position("dependsOn"), path, list);
    }
    return list;
  }

  private void addDependency(
      Node node, Position position, String path, List<Placed<Dependency>> list) {
    if (node instanceof Node.Scalar scalar && scalar.type() == Node.Scalar.Type.TEXT) {
      list.add(new Placed<>(new Dependency(scalar.text(), On.COMPLETED), position, path));
    } else if (node instanceof Node.Mapping) {
      Fields fields = Fields.of(node, position, path, DEPENDENCY_KEYS, problems);
      if (!fields.has("track")) {
        problems.add(position, path, "the key 'track' is missing; name the track to wait for");
      }
      String track = fields.text("track");
      On on = on(fields);
      if (track != null && on != null) {
        Dependency dependency = new Dependency(track, on);
        list.add(new Placed<>(dependency, fields.position("track"), fields.path("track")));
      }
    } else {
      String message = "must be a track id or { track: …, on: … }, or a list of these, but is ";
      String quote =
          node instanceof Node.Scalar scalar && !scalar.isNull()
              ? "; write it in quotes: \"" + Words.shorten(scalar.text()) + "\""
              : "";
      problems.add(position, path, message + node.kind() + quote);
    }
  }

  private On on(Fields fields) {
    if (!fields.has("on")) {
      return On.COMPLETED;
    }
    String word = fields.text("on");
    boolean known =
        word != null
            && Fields.isOneOf(word, On.words(), fields.position("on"), fields.path("on"), problems);
    return known ? On.of(word).orElseThrow() : null;
  }

  private Rate rate(Fields fields) {
    if (!fields.has("rate")) {
      return null;
    }
    Node node = fields.node("rate");
    Rate rate = node instanceof Node.Scalar scalar ? Rate.of(scalar.text()).orElse(null) : null;
    if (rate == null) {
      String message = "must be a rate such as 10/s, 100/m or 5/30s (up to 1,000,000), but is ";
      problems.add(fields.position("rate"), fields.path("rate"), message + node.kind());
    }
    return rate;
  }

  private Placed<OnFailure> onFailure(Fields fields) {
    if (!fields.has("onFailure")) {
      return null;
    }
    Node node = fields.node("onFailure");
    Placed<OnFailure> read = null;
    if (node instanceof Node.Mapping) {
      read = fallback(fields.map("onFailure", ON_FAILURE_KEYS), fields.position("onFailure"));
    } else if (node instanceof Node.Scalar scalar && scalar.type() == Node.Scalar.Type.TEXT) {
      Position position = fields.position("onFailure");
      String path = fields.path("onFailure");
      if (Fields.isOneOf(scalar.text(), OnFailure.words(), position, path, problems)) {
        read = new Placed<>(OnFailure.of(scalar.text()).orElseThrow(), position, path);
      }
    } else {
      problems.add(
          fields.position("onFailure"),
          fields.path("onFailure"),
          "must be fail-run, skip-downstream, continue or { fallback: <track> }, but is "
              + node.kind());
    }
    if (read != null && read.value().action() != OnFailure.Action.FAIL_RUN) {
      wrote("onFailure", fields, "onFailure");
    }
    return read;
  }

  private Placed<OnFailure> fallback(Fields fields, Position position) {
    if (!fields.has("fallback")) {
      String message = "the key 'fallback' is missing; name the track that steps in";
      problems.add(position, fields.path(), message);
      return null;
    }
    String track = fields.text("fallback");
    OnFailure value = new OnFailure(OnFailure.Action.FALLBACK, track);
    return track == null ? null : place(fields, "fallback", value);
  }

  private String when(Fields fields) {
    String when = fields.text("when");
    if (when == null) {
      return null;
    }
    if (when.isBlank()) {
      problems.add(fields.position("when"), fields.path("when"), "is blank; remove it");
      return null;
    }
    wrote("when", fields, "when");
    return when;
  }

  private <T> Placed<T> placed(Fields fields, String key, T value) {
    if (value != null) {
      wrote(key, fields, key);
    }
    return place(fields, key, value);
  }

  private static <T> Placed<T> place(Fields fields, String key, T value) {
    return value == null ? null : new Placed<>(value, fields.position(key), fields.path(key));
  }
}

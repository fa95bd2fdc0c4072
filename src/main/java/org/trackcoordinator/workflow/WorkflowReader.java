package org.trackcoordinator.workflow;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Reads a workflow file's top level; tracks are left to {@link TrackReader}. */
final class WorkflowReader {

  /** `$schema` is how JSON files tell an editor their schema. */
  private static final List<String> KEYS =
      List.of("workflow", "description", "deadline", "defaults", "tracks", "on", "$schema");

  private static final List<String> RUN_ENDS =
      List.of("completed", "failed", "cancelled", "timed_out");

  private final Problems problems;
  private final List<Setting> settings = new ArrayList<>();
  private final TrackReader trackReader;

  private WorkflowReader(Problems problems) {
    this.problems = problems;
    this.trackReader = new TrackReader(problems, settings);
  }

  static Definition read(Node root, Problems problems) {
    return new WorkflowReader(problems).read(root);
  }

  private Definition read(Node root) {
    Fields fields = Fields.of(root, root.position(), "", KEYS, problems);
    if (fields == null) {
      throw problems.toException();
    }
    if (!fields.has("workflow")) {
      String message = "the key 'workflow' is missing; name the workflow: workflow: <name>";
      problems.add(root.position(), "", message);
    }
    fields.text("$schema");
    String workflow = fields.name("workflow");
    String description = fields.text("description");
    Duration deadline = trackReader.limit("deadline", fields);
    Defaults defaults = defaults(fields);
    List<TrackDraft> drafts = tracks(root, fields);
    drafts.forEach(draft -> draft.retry().check(defaults.retry(), problems));
    Map<String, String> on = on(fields);
    drafts.forEach(this::refuseReservedId);

    TrackGraph graph = TrackGraph.of(References.resolve(drafts, problems), drafts);
    graph.refuseCycles(problems);
    HandlerSettings handlers = HandlerSettings.of(drafts, problems);
    problems.throwIfAny();

    settings.sort(Comparator.comparingInt(Setting::line).thenComparingInt(Setting::column));
    List<Track> tracks = new TrackBuilder(graph, handlers, defaults).build(drafts);
    return Definition.of(
        workflow, description, Durations.orNull(deadline), on, tracks, problems.file(), settings);
  }

  private Defaults defaults(Fields root) {
    Fields fields = root.map("defaults", TrackReader.DEFAULT_KEYS);
    if (fields == null) {
      return Defaults.NONE;
    }
    RetryDraft retry = trackReader.retry(fields);
    retry.check(RetryDraft.NOTHING, problems);
    return new Defaults(
        trackReader.limit("timeout", fields), trackReader.limit("triggerTimeout", fields), retry);
  }

  private List<TrackDraft> tracks(Node root, Fields fields) {
    if (!fields.has("tracks")) {
      problems.add(root.position(), "", "the key 'tracks' is missing; name at least one track");
      return List.of();
    }
    Node node = fields.node("tracks");
    List<TrackDraft> drafts = new ArrayList<>();
    if (node instanceof Node.Mapping mapping && !mapping.entries().isEmpty()) {
      mapping
          .entries()
          .forEach(
              (id, entry) ->
                  drafts.add(trackReader.read(id, entry, Fields.join(fields.path("tracks"), id))));
    } else {
      String message =
          node.isNull() || node instanceof Node.Mapping
              ? "has no tracks; name at least one"
              : "must be a map from track ids to tracks, but is " + node.kind();
      problems.add(fields.position("tracks"), fields.path("tracks"), message);
    }
    return drafts;
  }

  /** The handlers at the end of a run are tracks of it too. */
  private void refuseReservedId(TrackDraft draft) {
    if (RUN_ENDS.stream().anyMatch(state -> draft.id().equals(Definition.atRunEnd(state)))) {
      problems.add(
          draft.position(),
          draft.path(),
          "is reserved for the handler at the end of a run; give the track another id");
    }
  }

  private Map<String, String> on(Fields root) {
    Map<String, String> handlers = new TreeMap<>();
    Fields fields = root.map("on", RUN_ENDS);
    if (fields != null) {
      for (String state : RUN_ENDS) {
        String handler = fields.name(state);
        if (handler != null) {
          handlers.put(state, handler);
          trackReader.wrote("on", fields, state);
        }
      }
    }
    return handlers;
  }
}

package org.trackcoordinator.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.trackcoordinator.operations.Json;
import org.trackcoordinator.operations.Operation;
import org.trackcoordinator.operations.Operations;

/**
 * A row of the view {@code workflow_definitions}.
 *
 * @param loadedBy who made it current; null if it is not
 * @param retiredAt null if it is not retired
 * @param running how many runs still run on it
 * @param finished how many ended runs of it are kept
 * @param oldestRunning the correlation id of the first of those that run; null if none does
 */
record DefinitionVersion(
    String workflow,
    String hash,
    boolean current,
    String loadedBy,
    Instant loadedAt,
    Instant createdAt,
    Instant retiredAt,
    String retiredBy,
    long tracks,
    long running,
    long finished,
    String oldestRunning,
    Instant oldestRunningAt) {

  /** Those that {@code retire --unused} means: not current, not retired, and nothing runs on it. */
  boolean unused() {
    return !current && retiredAt == null && running == 0;
  }

  /**
   * All of them: of each workflow the current one first, then the newest.
   *
   * @param workflow only those of this one; null for all
   */
  static List<DefinitionVersion> readAll(Operations operations, String workflow) {
    JsonNode answer =
        operations.call(Operation.LIST_WORKFLOWS, Json.object().put("workflow", workflow));
    Map<String, List<DefinitionVersion>> byWorkflow = new LinkedHashMap<>();
    for (JsonNode version : answer.path("workflows")) {
      byWorkflow
          .computeIfAbsent(version.path("workflow").asText(), name -> new ArrayList<>())
          .add(of(version));
    }
    byWorkflow
        .values()
        .forEach(
            versions ->
                versions.sort(
                    Comparator.comparing(DefinitionVersion::current)
                        .thenComparing(DefinitionVersion::createdAt)
                        .reversed()));
    return byWorkflow.values().stream().flatMap(List::stream).toList();
  }

  private static DefinitionVersion of(JsonNode version) {
    return new DefinitionVersion(
        Answers.text(version, "workflow"),
        Answers.text(version, "hash"),
        version.path("current").asBoolean(),
        Answers.text(version, "loadedBy"),
        Answers.time(version, "loadedAt"),
        Answers.time(version, "createdAt"),
        Answers.time(version, "retiredAt"),
        Answers.text(version, "retiredBy"),
        version.path("tracks").asLong(),
        version.path("running").asLong(),
        version.path("finished").asLong(),
        Answers.text(version, "oldestRunning"),
        Answers.time(version, "oldestRunningAt"));
  }
}

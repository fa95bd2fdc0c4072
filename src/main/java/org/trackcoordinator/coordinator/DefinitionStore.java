package org.trackcoordinator.coordinator;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.Map;
import javax.sql.DataSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.trackcoordinator.workflow.Definition;
import org.trackcoordinator.workflow.Dependency;
import org.trackcoordinator.workflow.OnFailure;
import org.trackcoordinator.workflow.Policy;
import org.trackcoordinator.workflow.Retry;
import org.trackcoordinator.workflow.Track;

/** Stores definitions in the database; a definition that is there already is left as it is. */
public final class DefinitionStore {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final JdbcTemplate jdbc;
  private final String instance;

  /**
   * @param instance recorded as the one that loaded it
   */
  public DefinitionStore(DataSource dataSource, String instance) {
    this.jdbc = new JdbcTemplate(dataSource);
    this.instance = instance;
  }

  /** Stores it and makes it the current definition of its workflow: new runs follow it. */
  public int makeCurrent(Definition definition) {
    return store(definition, true);
  }

  /** Stores it; only runs that name it follow it. Returns its id in the database. */
  public int store(Definition definition) {
    return store(definition, false);
  }

  private int store(Definition definition, boolean current) {
    Integer id =
        jdbc.queryForObject(
            "select track_coordination.load_definition(?, ?, cast(? as jsonb), cast(? as interval), cast(? as jsonb), cast(? as jsonb), ?, ?)",
            Integer.class,
            definition.workflow(),
            definition.hash(),
            definition.canonicalJson(),
            definition.deadline() == null ? null : definition.deadline().toString(),
            tracks(definition).toString(),
            dependencies(definition).toString(),
            current,
            instance);
    // Plans that were made while these tables were small are bad for large graphs.
    jdbc.execute(
        "analyze track_coordination.definition_tracks, track_coordination.definition_dependencies");
    return id;
  }

  private static ArrayNode tracks(Definition definition) {
    Map<String, Integer> numbers = numbers(definition);
    ArrayNode tracks = JSON.createArrayNode();
    for (Track track : definition.tracks()) {
      OnFailure onFailure = track.policy().onFailure();
      ObjectNode node =
          add(tracks, track.number(), track.id(), track.handler(), track.circuit(), track.level())
              .put("onFailure", onFailure.action().word());
      if (onFailure.fallback() != null) {
        node.put("fallback", numbers.get(onFailure.fallback()));
      }
      node.put("when", track.policy().when());
      putPolicy(node, track.policy());
    }
    int number = 0;
    for (Map.Entry<String, String> handler : definition.on().entrySet()) {
      ObjectNode node =
          add(
                  tracks,
                  --number,
                  Definition.atRunEnd(handler.getKey()),
                  handler.getValue(),
                  handler.getValue(),
                  1)
              .put("onFailure", OnFailure.Action.CONTINUE.word())
              .put("onRunState", handler.getKey());
      putPolicy(node, Policy.DEFAULT);
    }
    return tracks;
  }

  private static ObjectNode add(
      ArrayNode tracks, int number, String id, String handler, String circuit, int level) {
    return tracks
        .addObject()
        .put("number", number)
        .put("id", id)
        .put("handler", handler)
        .put("circuit", circuit)
        .put("level", level);
  }

  private static void putPolicy(ObjectNode node, Policy policy) {
    if (policy.timeout() != null) {
      node.put("timeout", policy.timeout().toString());
    }
    if (policy.triggerTimeout() != null) {
      node.put("triggerTimeout", policy.triggerTimeout().toString());
    }
    Retry retry = policy.retry();
    node.put("maxAttempts", retry.maxAttempts())
        .put("backoff", retry.backoff().toString())
        .put("multiplier", retry.multiplier())
        .put("maxBackoff", retry.maxBackoff().toString())
        .put("jitter", retry.jitter())
        .set("notOn", JSON.valueToTree(retry.notOn()));
    if (policy.maxConcurrent() != null) {
      node.put("maxConcurrent", policy.maxConcurrent());
    }
    if (policy.rate() != null) {
      node.put("ratePermits", policy.rate().permits())
          .put("ratePeriod", policy.rate().period().toString());
    }
  }

  private static Map<String, Integer> numbers(Definition definition) {
    Map<String, Integer> numbers = new HashMap<>();
    definition.tracks().forEach(track -> numbers.put(track.id(), track.number()));
    return numbers;
  }

  private static ArrayNode dependencies(Definition definition) {
    Map<String, Integer> numbers = numbers(definition);
    ArrayNode dependencies = JSON.createArrayNode();
    for (Track track : definition.tracks()) {
      for (Dependency dependency : track.dependencies()) {
        dependencies
            .addObject()
            .put("upstream", numbers.get(dependency.track()))
            .put("downstream", track.number())
            .put("on", dependency.on().word());
      }
    }
    return dependencies;
  }
}

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
            "select track_coordination.load_definition(?, ?, cast(? as jsonb), cast(? as jsonb), cast(? as jsonb), ?, ?)",
            Integer.class,
            definition.workflow(),
            definition.hash(),
            definition.canonicalJson(),
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
    ArrayNode tracks = JSON.createArrayNode();
    for (Track track : definition.tracks()) {
      ObjectNode node = tracks.addObject();
      node.put("number", track.number())
          .put("id", track.id())
          .put("handler", track.handler())
          .put("circuit", track.circuit())
          .put("level", track.level())
          .put("onFailure", track.policy().onFailure().action().word());
      if (track.policy().timeout() != null) {
        node.put("timeout", track.policy().timeout().toString());
      }
    }
    return tracks;
  }

  private static ArrayNode dependencies(Definition definition) {
    Map<String, Integer> numbers = new HashMap<>();
    definition.tracks().forEach(track -> numbers.put(track.id(), track.number()));
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

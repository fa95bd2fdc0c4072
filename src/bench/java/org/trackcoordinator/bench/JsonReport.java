package org.trackcoordinator.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;

/** All that was measured, raw, for programs. */
final class JsonReport {

  private final ObjectMapper mapper =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
  private final ObjectNode report = mapper.createObjectNode();

  JsonReport(Plan plan, Map<String, String> serverSettings) {
    report.put("begunAt", Instant.now().toString());
    put("machine", Machine.describe());
    put("versions", Machine.versions());
    put("server", serverSettings);
    put("plan", plan);
  }

  void add(Scenario scenario, Outcome outcome) {
    ObjectNode node = mapper.valueToTree(outcome);
    report.withObjectProperty("scenarios").set(scenario.name(), node);
  }

  void write(Path file) throws IOException {
    if (file.toAbsolutePath().getParent() != null) {
      Files.createDirectories(file.toAbsolutePath().getParent());
    }
    mapper.writeValue(file.toFile(), report);
  }

  private void put(String name, Object value) {
    report.set(name, mapper.<JsonNode>valueToTree(value));
  }
}

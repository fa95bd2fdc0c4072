package org.trackcoordinator.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.Map;

/** Holds what was asked and answered against the OpenAPI document. */
final class AnswersFitOpenApi {

  private static final ObjectMapper JSON = new JsonMapper();
  private static final JsonSchemaFactory SCHEMAS =
      JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V4);
  private static final SchemaValidatorsConfig LIKE_OPENAPI_30 =
      SchemaValidatorsConfig.builder().nullableKeywordEnabled(true).build();

  private final JsonNode document;

  AnswersFitOpenApi() {
    try {
      document = JSON.readTree(Files.readString(OpenApiTest.DOCUMENT));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The body of a request. */
  void checkRequest(String method, String path, String body) {
    check(operation(method, path).at("/requestBody/content/application~1json/schema"), body, path);
  }

  /** The body of an answer, if it is JSON. */
  void checkAnswer(String method, String path, RunningApi.Answer answer) {
    JsonNode responses = operation(method, path).path("responses");
    JsonNode response = responses.path(String.valueOf(answer.status()));
    if (response.isMissingNode()) {
      assertThat(answer.status()).as(path + ": a status that is not described").isGreaterThan(399);
      response = document.at("/components/responses/Problem");
    }
    String type = answer.header("Content-Type").replaceFirst(";.*", "");
    JsonNode content = response.path("content").path(type);
    assertThat(content.isMissingNode()).as(path + " answers with " + type).isFalse();
    if (type.endsWith("json")) {
      check(content.path("schema"), answer.response().body(), path);
    }
  }

  private void check(JsonNode schema, String body, String path) {
    assertThat(schema.isMissingNode()).as(path + " has a schema").isFalse();
    ObjectNode root = JSON.createObjectNode();
    root.setAll((ObjectNode) schema.deepCopy());
    root.set("components", document.path("components"));
    JsonSchema compiled = SCHEMAS.getSchema(root, LIKE_OPENAPI_30);
    try {
      assertThat(compiled.validate(JSON.readTree(body))).as(path + ": " + body).isEmpty();
    } catch (IOException e) {
      throw new UncheckedIOException(body, e);
    }
  }

  private JsonNode operation(String method, String path) {
    String plain = "/api" + path.replaceFirst("\\?.*", "");
    for (Map.Entry<String, JsonNode> entry : document.path("paths").properties()) {
      if (plain.matches(entry.getKey().replaceAll("\\{[^/}]+}", "[^/]+"))
          && entry.getValue().has(method)) {
        return entry.getValue().path(method);
      }
    }
    return JSON.missingNode();
  }
}

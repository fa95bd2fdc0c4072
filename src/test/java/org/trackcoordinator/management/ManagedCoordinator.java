package org.trackcoordinator.management;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import javax.management.JMException;
import javax.management.ObjectName;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.trackcoordinator.api.RawHttp.Reply;
import org.trackcoordinator.api.RawRequest;
import org.trackcoordinator.config.ApiToken;
import org.trackcoordinator.coordinator.Coordinator;
import org.trackcoordinator.coordinator.RoutesFolder;
import org.trackcoordinator.testing.CoordinatedDatabase;

/**
 * One instance with its management server on a free port, for all tests of a class. For a static
 * field, registered after the database.
 */
final class ManagedCoordinator implements BeforeAllCallback, AfterAllCallback {

  private static final JsonMapper JSON = new JsonMapper();

  private final CoordinatedDatabase database;
  private final List<ApiToken> tokens;
  private String bind = "127.0.0.1";
  private Coordinator coordinator;
  private Coordination coordination;
  private ManagementServer server;

  ManagedCoordinator(CoordinatedDatabase database, ApiToken... tokens) {
    this.database = database;
    this.tokens = List.of(tokens);
  }

  /** On another address. */
  ManagedCoordinator boundTo(String address) {
    bind = address;
    return this;
  }

  @Override
  public void beforeAll(ExtensionContext context) throws Exception {
    coordinator = database.coordinator().withTracks().managed().start();
    coordination =
        new Coordination(coordinator.instance(), database.plain(), database.database().contact());
    server =
        new ManagementServer(bind, 0, tokens, coordinator.camel())
            .withMetrics(() -> "track_hops_total 7\n")
            .withHawtio(RoutesFolder.at(Path.of("routes")).file("management/jolokia-access.xml"));
    server.listen();
  }

  @Override
  public void afterAll(ExtensionContext context) {
    server.close();
    coordination.close();
    coordinator.close();
  }

  Coordinator coordinator() {
    return coordinator;
  }

  int port() {
    return server.port();
  }

  /** The object name of this instance's MBean of ours. */
  ObjectName own(String type) throws JMException {
    return new ObjectName(
        "org.trackcoordinator:type=%s,instance=%s"
            .formatted(type, ObjectName.quote(coordinator.instance())));
  }

  /** The object name of a route. */
  ObjectName route(String id) throws JMException {
    return new ObjectName(
        "org.apache.camel:context=track-coordinator,type=routes,name=\"%s\"".formatted(id));
  }

  /** The object name of the context. */
  ObjectName context() throws JMException {
    return new ObjectName(
        "org.apache.camel:context=track-coordinator,type=context,name=\"track-coordinator\"");
  }

  /** What Jolokia answers to a request, or to several, that came by POST. */
  JsonNode jolokia(Object request, String... headers) throws IOException {
    RawRequest post = RawRequest.post("/hawtio/jolokia", json(request));
    for (String header : headers) {
      post = post.with(header);
    }
    Reply reply = ask(post);
    assertThat(reply.status()).as(reply.body()).isEqualTo(200);
    return read(reply.body());
  }

  static JsonNode read(String json) throws IOException {
    return JSON.readTree(json);
  }

  static String json(Object value) {
    return JSON.valueToTree(value).toString();
  }

  Reply get(String path) {
    return ask(RawRequest.get(path));
  }

  Reply ask(RawRequest request) {
    return request.ask(port());
  }
}

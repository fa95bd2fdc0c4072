package org.trackcoordinator.testing;

import java.util.List;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.trackcoordinator.api.ApiServer;
import org.trackcoordinator.config.ApiToken;
import org.trackcoordinator.config.ApiToken.Role;
import org.trackcoordinator.coordinator.Coordinator;

/**
 * One instance with its REST interface, for all tests of a class, as programs elsewhere see it; a
 * token for each role. Its workers complete the tracks {@code gmail} and {@code drive}: with {@code
 * {"by": "<track>", "amount": 12.10}}, or not at all if the input has {@code fail}. Nobody works
 * for other tracks. For a static field, registered after the database.
 */
public final class ServedCoordinator implements BeforeAllCallback, AfterAllCallback {

  public static final String READER = "reader-token";
  public static final String OPERATOR = "operator-token";

  private final CoordinatedDatabase database;
  private final List<ApiToken> tokens;
  private Coordinator coordinator;
  private ApiServer server;
  private String url;

  public ServedCoordinator(CoordinatedDatabase database) {
    this(
        database,
        List.of(new ApiToken(Role.READER, READER), new ApiToken(Role.OPERATOR, OPERATOR)));
  }

  private ServedCoordinator(CoordinatedDatabase database, List<ApiToken> tokens) {
    this.database = database;
    this.tokens = tokens;
  }

  /** The same without tokens: whoever reaches it may do everything. */
  public static ServedCoordinator forEverybody(CoordinatedDatabase database) {
    return new ServedCoordinator(database, List.of());
  }

  @Override
  public void beforeAll(ExtensionContext context) throws Exception {
    server = new ApiServer("127.0.0.1", 0, tokens);
    coordinator =
        database
            .coordinator()
            .withApi()
            .with(ApiServer.BEAN, server)
            .with(worker("gmail"))
            .with(worker("drive"))
            .start();
    url = server.listen();
  }

  @Override
  public void afterAll(ExtensionContext context) {
    server.close();
    coordinator.close();
  }

  /** Where it is: {@code http://127.0.0.1:40123/api}. */
  public String url() {
    return url;
  }

  /** Where its console is, without a slash at the end. */
  public String origin() {
    return url.substring(0, url.lastIndexOf("/api"));
  }

  /** The instance itself. */
  public Coordinator coordinator() {
    return coordinator;
  }

  /** What is wrong with the request, so that no circuit opens for it. */
  public static final class Refused extends RuntimeException {
    Refused(String message) {
      super(message);
    }

    public int getStatusCode() {
      return 422;
    }
  }

  private static RouteBuilder worker(String track) {
    return new RouteBuilder() {
      @Override
      public void configure() {
        from("kamelet:track-source/test-%s?handler=%s".formatted(track, track))
            .routeId(track)
            .filter(body().contains("\"fail\""))
            .throwException(new Refused("no space"))
            .end()
            .setBody(constant("{\"by\": \"" + track + "\", \"amount\": 12.10}"));
      }
    };
  }
}

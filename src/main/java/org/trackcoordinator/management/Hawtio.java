package org.trackcoordinator.management;

import io.vertx.core.Handler;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import org.trackcoordinator.doors.RefusedRequest;

/**
 * The page of Hawtio, and what it asks of the server that it comes from: all of its files are in
 * the jar, and it needs nothing from elsewhere.
 */
final class Hawtio implements Handler<RoutingContext> {

  private static final String PATH = ManagementHouse.HAWTIO; // which its own links are made for
  private static final String FILES = "hawtio/";
  private static final String START = "index.html";

  /** It styles what it draws, draws pictures that it made, and edits in a worker. */
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline';"
          + " img-src 'self' data:; font-src 'self' data:; connect-src 'self';"
          + " worker-src 'self' blob:; manifest-src 'self'; base-uri 'self'; form-action 'none';"
          + " frame-ancestors 'none'";

  /** What it asks of a server, and is told: nobody to log in, nothing to load, no other targets. */
  private static final Map<String, String> ANSWERS =
      Map.of(
          "user", "\"public\"",
          "plugin", "[]",
          "keycloak/enabled", "false",
          "proxy/enabled", "false",
          "auth/config", "{}",
          "auth/config/session-timeout", "{}",
          "auth/config/login", "{}");

  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "css", "text/css; charset=utf-8",
          "json", "application/json",
          "svg", "image/svg+xml",
          "ico", "image/x-icon",
          "woff2", "font/woff2",
          "txt", "text/plain; charset=utf-8");

  private final WorkerExecutor threads;

  Hawtio(WorkerExecutor threads) {
    this.threads = threads;
  }

  @Override
  public void handle(RoutingContext request) {
    String path = request.request().path();
    if (!path.startsWith(PATH)) { // the router takes the slash for optional
      request.response().setStatusCode(308).putHeader("Location", PATH).end();
      return;
    }
    String name = path.substring(PATH.length());
    String known = ANSWERS.get(name);
    if (known != null) {
      request.response().putHeader("Content-Type", TYPES.get("json")).end(known);
      return;
    }
    // places within the page are its own business
    String file = name.isEmpty() || !name.contains(".") ? START : name;
    String type = TYPES.get(file.substring(file.lastIndexOf('.') + 1));
    if (type == null) {
      throw new RefusedRequest(404, "There is nothing at this path", null);
    }
    threads
        .executeBlocking(() -> read(file), false)
        .onSuccess(content -> send(request, file, type, content))
        .onFailure(request::fail);
  }

  private static byte[] read(String file) throws IOException {
    try (InputStream content = Hawtio.class.getClassLoader().getResourceAsStream(FILES + file)) {
      if (content == null) {
        throw new RefusedRequest(404, "There is nothing at this path", null);
      }
      return content.readAllBytes();
    }
  }

  private static void send(RoutingContext request, String file, String type, byte[] content) {
    if (request.response().closed()) {
      return;
    }
    HttpServerResponse response =
        request
            .response()
            .putHeader("Content-Type", type)
            .putHeader("Content-Security-Policy", POLICY)
            .putHeader("Referrer-Policy", "no-referrer");
    if (file.startsWith("static/")) { // another content has another name
      response.putHeader("Cache-Control", "private, max-age=31536000, immutable");
    }
    response.end(Buffer.buffer(content));
  }
}

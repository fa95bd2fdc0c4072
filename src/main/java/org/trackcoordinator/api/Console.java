package org.trackcoordinator.api;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.trackcoordinator.graph.WorkflowGraph;

/**
 * The page at {@value #PAGE}, which shows in a browser what the REST interface says, and the files
 * that it consists of. They hold no data, so nobody needs a token for them; a browser asks each
 * time whether they are still the same, so that it never mixes two versions.
 */
final class Console {

  private static final String PAGE = "/";
  private static final Pattern FILE = Pattern.compile("/console/([a-z0-9-]+\\.(html|css|js|svg))");
  private static final String FILES = "/console/";
  private static final String INDEX = "index.html";

  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html; charset=utf-8",
          "css", "text/css; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "svg", "image/svg+xml");

  /**
   * What the page may do: run its own scripts, use its own styles and that of the graphs, and talk
   * to this server. No text becomes markup or a script, whoever wrote it.
   */
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self' "
          + WorkflowGraph.STYLE_SOURCE
          + "; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
          + "; require-trusted-types-for 'script'; trusted-types 'none'";

  private final Map<String, StaticFile> known = new ConcurrentHashMap<>();

  /**
   * A file as it is sent.
   *
   * @param tag of HTTP, another one for other content
   */
  private record StaticFile(String type, String tag, Buffer content) {}

  /** Whether somebody may come to this path by a link of another page. */
  static boolean isPage(String path) {
    return path.equals(PAGE);
  }

  /** Whether there is a file of the console at this path. */
  boolean has(String path) {
    return find(path).isPresent();
  }

  void serve(Router router) {
    router.get(PAGE).handler(this::send);
    router.getWithRegex(FILE.pattern()).handler(this::send);
  }

  private void send(RoutingContext request) {
    Optional<StaticFile> found = find(request.request().path());
    if (found.isEmpty()) {
      request.next(); // nothing is at this path
      return;
    }
    StaticFile file = found.get();
    HttpServerResponse response =
        request
            .response()
            .putHeader("Cache-Control", "no-cache")
            .putHeader("ETag", file.tag())
            .putHeader("Referrer-Policy", "no-referrer")
            .putHeader("Content-Security-Policy", POLICY);
    if (file.tag().equals(request.request().getHeader("If-None-Match"))) {
      response.setStatusCode(304).end();
    } else {
      response.putHeader("Content-Type", file.type()).end(file.content());
    }
  }

  private Optional<StaticFile> find(String path) {
    Matcher file = FILE.matcher(path);
    String name = path.equals(PAGE) ? INDEX : file.matches() ? file.group(1) : null;
    // what is not there is looked for each time: strangers could ask for any number of names
    return name == null
        ? Optional.empty()
        : Optional.ofNullable(known.computeIfAbsent(name, Console::read));
  }

  private static StaticFile read(String name) {
    try (InputStream in = Console.class.getResourceAsStream(FILES + name)) {
      if (in == null) {
        return null;
      }
      byte[] content = in.readAllBytes();
      return new StaticFile(
          TYPES.get(name.substring(name.lastIndexOf('.') + 1)),
          "\"" + hash(content) + "\"",
          Buffer.buffer(content));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String hash(byte[] content) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(content))
          .substring(0, 32);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("each Java has SHA-256", e);
    }
  }
}

package org.trackcoordinator.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.trackcoordinator.api.RawHttp.Reply;
import org.trackcoordinator.config.ApiToken;
import org.trackcoordinator.config.ApiToken.Role;
import org.trackcoordinator.testing.CoordinatedDatabase;

/** The files of the console: for everybody, and behind the same doors as everything else. */
@Tag("track-coordination")
class ConsoleFilesIT {

  private static final String TOKEN = "operator-3b1f90aa47c2de61";

  @RegisterExtension static final CoordinatedDatabase database = new CoordinatedDatabase();

  @RegisterExtension
  static final RunningApi api = new RunningApi(database, new ApiToken(Role.OPERATOR, TOKEN));

  private static Reply ask(RawRequest request) {
    return request.ask(api.port());
  }

  @Test
  void eachFileIsServedToEverybody() throws IOException {
    Path folder = Path.of("src/main/resources/console");
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Reply reply = ask(RawRequest.get("/console/" + file.getFileName()));
        assertThat(reply.status()).as(file.toString()).isEqualTo(200);
        assertThat(reply.body()).isEqualTo(Files.readString(file));
        assertThat(reply.header("X-Content-Type-Options")).isEqualTo("nosniff");
      }
    }
    Reply page = ask(RawRequest.get("/"));
    assertThat(page.body()).isEqualTo(Files.readString(folder.resolve("index.html")));
    assertThat(page.body().lines().filter(line -> line.matches(".*console/[a-z-]+\\.js.*")))
        .as("each module is asked for at once, not when another one imports it")
        .hasSize(modules(folder));
    assertThat(page.header("Content-Type")).isEqualTo("text/html; charset=utf-8");
    assertThat(ask(RawRequest.get("/console/app.js")).header("Content-Type"))
        .isEqualTo("text/javascript; charset=utf-8");
  }

  private static int modules(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return (int) files.filter(file -> file.toString().endsWith(".js")).count();
    }
  }

  @Test
  void thePolicyForbidsWhatThePageDoesNotNeed() {
    String policy = ask(RawRequest.get("/")).header("Content-Security-Policy");
    assertThat(policy)
        .contains(
            "default-src 'none'",
            "script-src 'self';",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'; trusted-types 'none'")
        .doesNotContain("unsafe", "http:", "https:", "data:", "*");
  }

  @Test
  void aBrowserAsksWhetherAFileIsStillTheSame() {
    Reply first = ask(RawRequest.get("/console/app.js"));
    assertThat(first.header("Cache-Control")).isEqualTo("no-cache");
    Reply again =
        ask(RawRequest.get("/console/app.js").with("If-None-Match: " + first.header("ETag")));
    assertThat(again.status()).isEqualTo(304);
    assertThat(again.body()).isEmpty();
    assertThat(ask(RawRequest.get("/console/app.js").with("If-None-Match: \"old\"")).status())
        .isEqualTo(200);
    assertThat(ask(RawRequest.get("/console/api.js")).header("ETag"))
        .isNotEqualTo(first.header("ETag"));
  }

  /** Without a token nothing else is told, with one it is not found. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "/index.html",
        "/console",
        "/console/",
        "/console/nothing.js",
        "/console/APP.JS",
        "/console/app.js.map",
        "/console/../console/app.js",
        "/console/..%2fapp.js",
        "/console/%2e%2e/graph/track-graph.css",
        "/console//app.js",
        "/console/./app.js",
        "/console/app.js/",
        "//",
        "/./",
        "/console/sub/app.js",
        "/logback.xml",
        "/console/../../etc/passwd"
      })
  void nothingElseIs(String path) {
    assertThat(ask(RawRequest.get(path)).status()).isEqualTo(401);
    assertThat(ask(RawRequest.get(path).by(TOKEN)).status()).isEqualTo(404);
  }

  @Test
  void othersThanItsOwnHostAreNotServed() {
    assertThat(ask(RawRequest.get("/").with("Host: example.com")).status()).isEqualTo(403);
    assertThat(ask(RawRequest.get("/console/app.js").with("Host: example.com")).status())
        .isEqualTo(403);
  }

  /** In a mail or a chat; but no page of others may load a part of it, or the data. */
  @Test
  void aLinkFromElsewhereLeadsToThePage() {
    List<String> click =
        List.of(
            "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document");
    assertThat(ask(with(RawRequest.get("/"), click)).status()).isEqualTo(200);
    assertThat(ask(with(RawRequest.get("/console/app.js"), click)).status()).isEqualTo(403);
    assertThat(ask(with(RawRequest.get("/api/runs").by(TOKEN), click)).status()).isEqualTo(403);
    List<String> frame =
        List.of("Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe");
    assertThat(ask(with(RawRequest.get("/"), frame)).status()).isEqualTo(403);
  }

  private static RawRequest with(RawRequest request, List<String> headers) {
    for (String header : headers) {
      request = request.with(header);
    }
    return request;
  }

  @Test
  void itIsOnlyRead() {
    for (String method : List.of("POST", "PUT", "DELETE", "OPTIONS")) {
      assertThat(ask(RawRequest.of(method, "/").by(TOKEN)).status()).as(method).isEqualTo(405);
      assertThat(ask(RawRequest.of(method, "/console/app.js")).status()).as(method).isIn(401, 405);
    }
  }
}

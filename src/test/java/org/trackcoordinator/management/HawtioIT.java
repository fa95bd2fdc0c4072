package org.trackcoordinator.management;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.trackcoordinator.api.RawHttp.Reply;
import org.trackcoordinator.api.RawRequest;
import org.trackcoordinator.testing.CoordinatedDatabase;

/** The files of Hawtio, as they come out of the jar. */
@Tag("track-coordination")
class HawtioIT {

  @RegisterExtension static final CoordinatedDatabase database = new CoordinatedDatabase();

  @RegisterExtension static final ManagedCoordinator instance = new ManagedCoordinator(database);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/hawtio/",
        "/hawtio/index.html",
        "/hawtio/camel/routes",
        "/hawtio/camel/routes?nid=root-org.apache.camel-track-coordinator",
        "/hawtio/quartz"
      })
  void eachPlaceInItIsThePage(String path) {
    Reply reply = instance.get(path);
    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.header("Content-Type")).isEqualTo("text/html; charset=utf-8");
    assertThat(reply.body()).contains("<base href=\"/hawtio/\"");
    assertThat(reply.header("Content-Security-Policy"))
        .startsWith("default-src 'none'; script-src 'self';")
        .endsWith("frame-ancestors 'none'")
        .doesNotContain("unsafe-eval")
        .doesNotContain("http");
    assertThat(reply.header("X-Content-Type-Options")).isEqualTo("nosniff");
    assertThat(reply.header("Cache-Control")).isEqualTo("no-store");
  }

  @Test
  void withoutTheSlashItLeadsThere() {
    Reply reply = instance.get("/hawtio");
    assertThat(reply.status()).isEqualTo(308);
    assertThat(reply.header("Location")).isEqualTo("/hawtio/");
  }

  @Test
  void itsScriptMayBeKept() {
    Matcher script =
        Pattern.compile("src=\"(/hawtio/static/js/main[^\"]+)\"")
            .matcher(instance.get("/hawtio/").body());
    assertThat(script.find()).isTrue();
    Reply reply = instance.get(script.group(1));
    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.header("Content-Type")).isEqualTo("text/javascript; charset=utf-8");
    assertThat(reply.header("Cache-Control")).contains("private").contains("immutable");
  }

  @ParameterizedTest
  @CsvSource({
    "user, '\"public\"'",
    "plugin, []",
    "keycloak/enabled, false",
    "proxy/enabled, false"
  })
  void whatItAsksItsServerIsAnswered(String question, String answer) {
    Reply reply = instance.get("/hawtio/" + question);
    assertThat(reply.body()).isEqualTo(answer);
    assertThat(reply.header("Content-Type")).isEqualTo("application/json");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/hawtio/x.js",
        "/hawtio/static/js/x.chunk.js",
        "/hawtio/application.properties",
        "/hawtio/Hawtio.class",
        "/hawtio/../logback.xml",
        "/hawtio/../routes/management/jolokia-access.xml",
        "/hawtio/%2e%2e/logback.xml",
        "/hawtio/..%2flogback.xml",
        "/hawtio/.../logback.xml",
        "/hawtio//etc/passwd.txt",
        "/hawtio/static/../index.html",
        "/hawtio/./index.html",
        "/hawtio/static/js/",
        "/hawtio/WEB-INF/web.xml",
        "/hawtio/META-INF/MANIFEST.MF",
        "/hawtiox/index.html"
      })
  void nothingElseOfTheClassPathIsShown(String path) {
    Reply reply = instance.get(path);
    assertThat(reply.status()).isEqualTo(404);
    assertThat(reply.header("Content-Type")).isEqualTo("application/problem+json");
  }

  @Test
  void aLinkOnAnotherPageLeadsToThePageAndNotToWhatItAsks() {
    RawRequest click =
        RawRequest.get("/hawtio/")
            .with("Sec-Fetch-Site: cross-site")
            .with("Sec-Fetch-Mode: navigate")
            .with("Sec-Fetch-Dest: document");
    assertThat(instance.ask(click).status()).isEqualTo(200);
    assertThat(instance.ask(click.with("Sec-Fetch-Dest: iframe")).status()).isEqualTo(403);
    assertThat(instance.ask(click.with("Sec-Fetch-Mode: no-cors")).status()).isEqualTo(403);
    assertThat(instance.ask(click.with("Origin: http://example.com")).status()).isEqualTo(403);
    for (String path :
        new String[] {
          "/hawtio/jolokia",
          "/hawtio/jolokia/version",
          "/hawtio/jolokia/",
          "/observe/metrics",
          "/observe/health/live"
        }) {
      RawRequest there = new RawRequest("GET", path, click.headers(), null);
      assertThat(instance.ask(there).status()).as(path).isEqualTo(403);
    }
  }
}

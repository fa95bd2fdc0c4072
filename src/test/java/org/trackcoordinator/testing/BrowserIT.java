package org.trackcoordinator.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.microsoft.playwright.Page;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The browser of other tests: it shows what is here, and does not keep quiet about the rest. */
@Tag("track-coordination")
@Needs({Tool.CHROMIUM, Tool.NODE, Tool.PLAYWRIGHT})
class BrowserIT {

  @RegisterExtension static final Browser browser = new Browser();

  private HttpServer server;
  private String body = "";

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          byte[] page =
              ("<!doctype html><title>A page</title><link rel=icon href='data:,'>" + body)
                  .getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().set("Content-Type", "text/html; charset=utf-8");
          exchange.getResponseHeaders().set("Content-Security-Policy", "script-src 'none'");
          exchange.sendResponseHeaders(200, page.length);
          exchange.getResponseBody().write(page);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private Page open() {
    return browser.open("http://127.0.0.1:" + server.getAddress().getPort());
  }

  @Test
  void showsAPageAndTakesPictures() {
    body = "<h1>受注</h1>";

    Page page = open();
    Browser.picture(page, "browser");

    assertThat(page.locator("h1").textContent()).isEqualTo("受注");
    assertThat(Path.of("target/screenshots/browser.png")).isNotEmptyFile();
  }

  @Test
  void complainsOfWhatThePolicyForbids() {
    body = "<script>document.title = 'changed'</script>";

    open();

    assertThatThrownBy(() -> browser.afterEach(null)).hasMessageContaining("Content Security");
  }

  @Test
  void complainsOfWhatIsElsewhereAndDoesNotReachIt() {
    body = "<img src='http://192.0.2.1/x.png' alt=''>";

    open();

    assertThatThrownBy(() -> browser.afterEach(null))
        .hasMessageContaining("asked for http://192.0.2.1/x.png")
        .hasMessageContaining("ERR_NAME_NOT_RESOLVED");
  }

  @Test
  void isSilentOfWhatTheTestMeansToCause() {
    body = "<script>document.title = 'changed'</script>";
    browser.expect("Content Security Policy");

    open();
  }
}

package org.trackcoordinator.testing;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType.LaunchOptions;
import com.microsoft.playwright.ConsoleMessage;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.ScreenshotType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A Chromium without a window, one for all tests of the JVM: with {@code @Needs({Tool.CHROMIUM,
 * Tool.NODE, Tool.PLAYWRIGHT})} on the class, {@code @RegisterExtension static final Browser
 * browser = new Browser();}. It reaches nothing but this machine.
 *
 * <p>After each test it fails if a page asked for something elsewhere, if a script failed, or if
 * the browser complained, such as of a breach of a Content-Security-Policy.
 */
public final class Browser implements BeforeAllCallback, AfterEachCallback {

  private static final Path PICTURES = Path.of("target/screenshots");
  private static final Set<String> HERE = Set.of("127.0.0.1", "localhost", "[::1]");
  private static final Set<String> COMPLAINTS = Set.of("error", "warning");

  /** No name is looked up, and no address but this machine's is asked for. */
  private static final String THIS_MACHINE_ONLY =
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost, EXCLUDE [::1]";

  private final List<BrowserContext> visitors = new ArrayList<>();
  private final List<String> problems = new CopyOnWriteArrayList<>();
  private final List<Pattern> expected = new ArrayList<>();
  private com.microsoft.playwright.Browser chromium;

  @Override
  public void beforeAll(ExtensionContext context) {
    PlaywrightAssertions.setDefaultAssertionTimeout(Patience.PATIENCE.toMillis());
    chromium =
        context
            .getRoot()
            .getStore(ExtensionContext.Namespace.create(Browser.class))
            .getOrComputeIfAbsent(Chromium.class, any -> Chromium.start(), Chromium.class)
            .browser();
  }

  /** A program that takes seconds to start; JUnit closes it after the last test. */
  private record Chromium(Playwright playwright, com.microsoft.playwright.Browser browser)
      implements AutoCloseable {

    static Chromium start() {
      try {
        System.setProperty("playwright.cli.dir", driver().toString());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      Playwright playwright =
          Playwright.create(
              new Playwright.CreateOptions()
                  .setEnv(Map.of("PLAYWRIGHT_NODEJS_PATH", Tool.NODE.path().toString())));
      return new Chromium(
          playwright,
          playwright
              .chromium()
              .launch(
                  new LaunchOptions()
                      .setExecutablePath(Tool.CHROMIUM.path())
                      .setChromiumSandbox(false) // which root can't have
                      .setArgs(List.of(THIS_MACHINE_ONLY))));
    }

    @Override
    public void close() {
      playwright.close(); // the browser with it
    }
  }

  /** A folder of this JVM as the client wants it: with the driver as {@code package}. */
  private static Path driver() throws IOException {
    Path folder =
        Files.createDirectories(
            Path.of("target/browser-driver", Long.toString(ProcessHandle.current().pid()))
                .toAbsolutePath());
    Path link = folder.resolve("package");
    Files.deleteIfExists(link);
    return Files.createSymbolicLink(link, Tool.PLAYWRIGHT.path().toAbsolutePath()).getParent();
  }

  @Override
  public void afterEach(ExtensionContext context) {
    try {
      visitors.forEach(BrowserContext::close);
      assertThat(problems).as("what the browser complained of").isEmpty();
    } finally {
      visitors.clear();
      problems.clear();
      expected.clear();
    }
  }

  /** Opens a page as somebody who was never here: nothing is stored, no language is set. */
  public Page open(String url) {
    return open(url, options -> {});
  }

  /**
   * Opens a page.
   *
   * @param wishes of this visitor: language, dark or light, size of the window, a password
   */
  public Page open(String url, Consumer<NewContextOptions> wishes) {
    return open(url, wishes, page -> {});
  }

  /**
   * Opens a page whose clock the test puts forward, with {@link #pass}: what it does every ten
   * seconds need not be waited for. Else its time passes as everywhere.
   */
  public Page openWithOwnClock(String url) {
    return open(url, options -> {}, page -> page.clock().install());
  }

  /** Lets this much time pass on a page with its own clock; what is due is done once. */
  public static void pass(Page page, Duration time) {
    page.clock().fastForward(time.toMillis());
  }

  private Page open(
      String url, Consumer<NewContextOptions> wishes, Consumer<Page> beforeItIsThere) {
    NewContextOptions options = new NewContextOptions().setViewportSize(1280, 800);
    wishes.accept(options);
    BrowserContext visitor = chromium.newContext(options);
    visitors.add(visitor);
    visitor.onConsoleMessage(this::note);
    visitor.onWebError(error -> note("script failed: " + error.error()));
    visitor.onRequest(request -> noteIfElsewhere(request.url()));
    Page page = visitor.newPage();
    beforeItIsThere.accept(page);
    page.navigate(url);
    return page;
  }

  /** Complaints that hold this are what the test means to cause; say it before. */
  public void expect(String regex) {
    expected.add(Pattern.compile(regex));
  }

  /** Fails the test at its end, unless it is expected. */
  public void report(String problem) {
    note(problem);
  }

  /** Writes what the page shows now to {@code target/screenshots/<name>.png}. */
  public static void picture(Page page, String name) {
    page.screenshot(new Page.ScreenshotOptions().setPath(PICTURES.resolve(name + ".png")));
  }

  /** The same as a smaller file, {@code .jpg}; tells where it is. */
  public static Path photo(Page page, String name) {
    Path file = PICTURES.resolve(name + ".jpg");
    page.screenshot(
        new Page.ScreenshotOptions().setPath(file).setType(ScreenshotType.JPEG).setQuality(70));
    return file;
  }

  private void note(ConsoleMessage message) {
    if (COMPLAINTS.contains(message.type())) {
      note(message.type() + " on " + message.location() + ": " + message.text());
    }
  }

  private void noteIfElsewhere(String url) {
    URI asked = URI.create(url);
    if (asked.getHost() != null && !HERE.contains(asked.getHost())) {
      note("asked for " + url);
    }
  }

  private void note(String problem) {
    if (expected.stream().noneMatch(known -> known.matcher(problem).find())) {
      problems.add(problem);
    }
  }
}

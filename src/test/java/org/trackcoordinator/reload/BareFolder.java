package org.trackcoordinator.reload;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.health.HealthCheckRegistry;
import org.apache.camel.spi.Resource;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.trackcoordinator.workflow.Definition;

/**
 * A folder whose routes, {@code tracks/*.camel.yaml}, a bare Camel context runs: without a
 * coordinator and a database.
 */
final class BareFolder extends EditedFolder implements BeforeEachCallback, AfterEachCallback {

  /** Held by a hand that stops and starts routes. */
  final ReentrantLock commands = new ReentrantLock();

  /** What was made current. */
  final List<Definition> current = new CopyOnWriteArrayList<>();

  /** Routes that are not expected to run. */
  final List<String> unexpected = new CopyOnWriteArrayList<>();

  private final EditableCamelContext context = new EditableCamelContext();
  private final Duration quiet;
  private ProducerTemplate template;
  private EditedFiles edited;
  private FolderWatch watch = new FolderWatch();
  private FolderFiles.Reader reader = Files::readAllBytes;

  /** With files that are taken soon. */
  BareFolder() {
    this(Duration.ofMillis(25));
  }

  BareFolder(Duration quiet) {
    this.quiet = quiet;
  }

  BareFolder watching(FolderWatch other) {
    watch.close();
    watch = other;
    return this;
  }

  BareFolder reading(FolderFiles.Reader other) {
    reader = other;
    return this;
  }

  @Override
  public void beforeEach(ExtensionContext test) throws IOException {
    make();
    listen();
    context.build();
    template = context.createProducerTemplate();
  }

  @Override
  public void afterEach(ExtensionContext test) throws IOException {
    if (edited != null) {
      edited.close();
    }
    context.getShutdownStrategy().setTimeout(1);
    context.close();
    deafen();
    delete();
  }

  /** Runs what lies in the folder. */
  void start(Definition... loaded) throws Exception {
    EditedFilesHealth health = new EditedFilesHealth();
    health.setCamelContext(context);
    HealthCheckRegistry.get(context).register(health);
    edited =
        new EditedFiles(
            root(),
            path("workflows"),
            health,
            new EditedFiles.Settings(
                Set.of("tracks"),
                Set.of(),
                key -> null,
                current::add,
                List.of(loaded),
                commands,
                unexpected::addAll,
                quiet),
            watch,
            reader);
    edited.lookBefore();
    PluginHelper.getRoutesLoader(context).loadRoutes(routeFiles());
    context.start();
    edited.begin(context);
  }

  private Collection<Resource> routeFiles() {
    List<Resource> resources = new ArrayList<>();
    if (Files.isDirectory(path("tracks"))) {
      try (Stream<Path> files = Files.list(path("tracks"))) {
        files
            .filter(file -> file.toString().endsWith(".camel.yaml"))
            .forEach(
                file -> resources.add(ResourceHelper.resolveResource(context, "file:" + file)));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return resources;
  }

  @Override
  CamelContext camel() {
    return context;
  }

  @Override
  void awaitTurn() {
    commands.lock();
    commands.unlock();
  }

  /** Lets a route do something, and waits for it. */
  void send(String uri, Object body) {
    template.sendBody(uri, body);
  }

  /** What a route answers. */
  String ask(String uri) {
    return template.requestBody(uri, "", String.class);
  }

  /** What it answers some day. */
  CompletableFuture<String> askAside(String uri) {
    return template.asyncRequestBody(uri, (Object) "", String.class);
  }

  /** Lets a route do something meanwhile. */
  void sendAside(String uri, Object body) {
    template.asyncSendBody(uri, body);
  }
}

package org.trackcoordinator.testkit;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.camel.CamelContext;
import org.apache.camel.RoutesBuilder;
import org.trackcoordinator.coordinator.Circuits;
import org.trackcoordinator.coordinator.Coordinator;
import org.trackcoordinator.coordinator.FreeWorkers;
import org.trackcoordinator.coordinator.RoutesFolder;

/** The coordinator of a test kit: how it is to be, and while it runs what belongs to it. */
final class KitCoordinator {

  private static final Duration LOOK = Duration.ofMillis(50); // at clocks, and for work
  private static final Duration END = Duration.ofSeconds(2); // for work that hangs

  private final Path folder;
  private final List<RoutesBuilder> routes = new ArrayList<>();
  private final Map<String, Object> beans = new LinkedHashMap<>();
  private final Properties settings = new Properties();
  private boolean hasTracks;
  private Duration patience = Duration.ofSeconds(30);

  private Coordinator running;
  private Rest rest;
  private Mocks mocks;

  /**
   * @param folder of routes; null: those in the jar
   */
  KitCoordinator(Path folder) {
    this.folder = folder;
    settings.setProperty("cleanup.enabled", "false"); // it goes by the clock on the wall
  }

  void withTracks() {
    hasTracks = true;
  }

  void with(RoutesBuilder builder) {
    routes.add(builder);
  }

  void with(String bean, Object instance) {
    beans.put(bean, instance);
  }

  void property(String key, String value) {
    settings.setProperty(key, value);
  }

  void patience(Duration time) {
    patience = time;
  }

  /** Makes it ready for a test: it runs, and remembers nothing of the one before. */
  void prepare(TestDatabase cleared) throws Exception {
    if (running == null) {
      start(cleared);
    }
    mocks.startRoutes();
    bean("circuits", Circuits.class).forget();
  }

  void endMocks() throws Exception {
    if (running != null) {
      mocks.end();
    }
  }

  void stop() {
    if (running != null) {
      running.close();
      running = null;
    }
  }

  Rest rest() {
    requireRunning();
    return rest;
  }

  Mocks mocks() {
    requireRunning();
    return mocks;
  }

  CamelContext camel() {
    requireRunning();
    return running.camel();
  }

  Duration patience() {
    return patience;
  }

  /** The handlers that have a worker here, of a mock or a route. */
  Set<String> servedHandlers() {
    return Set.of(bean("freeWorkers", FreeWorkers.class).handlers());
  }

  void requireRunning() {
    if (running == null) {
      throw new IllegalStateException(
          "the test kit does not run: it is for the tests of a class, in a field with @RegisterExtension");
    }
  }

  private void start(TestDatabase database) throws Exception {
    Coordinator coordinator =
        database
            .coordinator(routesFolder())
            .with(settings)
            .maintainEvery(LOOK)
            .pollEvery(LOOK)
            .finishWithin(END);
    if (hasTracks) {
      coordinator.withTracks();
    }
    routes.forEach(coordinator::with);
    beans.forEach(coordinator::with);
    try {
      running = coordinator.start();
    } catch (Exception e) {
      coordinator.close();
      throw e;
    }
    mocks = new Mocks(camel(), END);
    rest =
        new Rest(
            database,
            coordinator.instance(),
            bean("freeWorkers", FreeWorkers.class)::handlers,
            camel().resolvePropertyPlaceholders("{{circuit.wave-interval}}"),
            patience);
  }

  private RoutesFolder routesFolder() {
    if (folder == null) {
      return RoutesFolder.packaged();
    }
    if (!Files.isRegularFile(folder.resolve("errors.camel.yaml"))) {
      throw new IllegalArgumentException(
          "%s is no folder of routes: it has no errors.camel.yaml; packagedRoutes() takes those in the jar"
              .formatted(folder.toAbsolutePath()));
    }
    return RoutesFolder.at(folder);
  }

  private <T> T bean(String name, Class<T> type) {
    return camel().getRegistry().lookupByNameAndType(name, type);
  }
}

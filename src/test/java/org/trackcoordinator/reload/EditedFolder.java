package org.trackcoordinator.reload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.camel.CamelContext;
import org.apache.camel.Route;
import org.apache.camel.ServiceStatus;
import org.apache.camel.StatefulService;
import org.apache.camel.health.HealthCheck;
import org.apache.camel.health.HealthCheckRegistry;
import org.awaitility.core.ConditionFactory;
import org.trackcoordinator.testing.LogLines;

/** A folder whose files a program runs, and a test edits meanwhile. */
abstract class EditedFolder {

  private static final Duration SOON = Duration.ofSeconds(10);

  private Path root;
  private LogLines log;

  /** Waits for something that takes a tenth of a second as a rule. */
  static ConditionFactory soon(String what) {
    return await(what).atMost(SOON).pollInterval(Duration.ofMillis(10));
  }

  /** What runs the files. */
  abstract CamelContext camel();

  void make() throws IOException {
    root = Files.createTempDirectory("edited");
  }

  void listen() {
    log = new LogLines();
  }

  void deafen() {
    log.close();
  }

  void delete() throws IOException {
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path folder, IOException e) throws IOException {
            Files.delete(folder);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  Path root() {
    return root;
  }

  Path path(String file) {
    return root.resolve(file);
  }

  String text(String file) {
    try {
      return Files.readString(path(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void write(String file, String text) {
    try {
      Files.createDirectories(path(file).getParent());
      Files.writeString(path(file), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Replaces what stands there once. */
  void edit(String file, String before, String after) {
    String text = text(file);
    assertThat(text).containsOnlyOnce(before);
    write(file, text.replace(before, after));
  }

  void delete(String file) throws IOException {
    Files.delete(path(file));
  }

  Route route(String id) {
    return camel().getRoute(id);
  }

  ServiceStatus status(String id) {
    return camel().getRouteController().getRouteStatus(id);
  }

  /** All routes by their ids: the objects themselves. */
  Map<String, Route> routes() {
    return camel().getRoutes().stream()
        .collect(Collectors.toMap(Route::getRouteId, route -> route));
  }

  void awaitRoute(String id) {
    soon(id + " is there").until(() -> route(id) != null);
  }

  void awaitNoRoute(String id) {
    soon(id + " is gone").until(() -> route(id) == null);
  }

  /** Returns when an edit that is being made live is. */
  abstract void awaitTurn();

  /** Waits until the route is another than this, and runs or rests. */
  void awaitReplaced(Route before) {
    soon(before.getRouteId() + " is replaced")
        .until(
            () -> {
              Route now = route(before.getRouteId());
              return now != null && now != before;
            });
    awaitTurn();
  }

  /** Waits until an old route is ended: nothing is in it any more. */
  void awaitEnded(Route old) {
    soon(old.getRouteId() + " is ended").until(() -> isEnded(old));
  }

  static boolean isEnded(Route old) {
    return old.getConsumer() instanceof StatefulService consumer && consumer.isStopped();
  }

  /** What the check of this name says. */
  HealthCheck.Result health(String check) {
    return HealthCheckRegistry.get(camel()).getCheck(check).orElseThrow().call();
  }

  /** What the check of edited files says. */
  HealthCheck.Result health() {
    return health(EditedFilesHealth.ID);
  }

  /** Waits until health names a problem in this file, and returns it all. */
  String awaitRefused(String file) {
    soon(file + " is refused")
        .until(() -> health().getMessage().filter(text -> text.contains(file)).isPresent());
    return health().getMessage().get();
  }

  void awaitNothingRefused() {
    soon("nothing is refused").until(() -> health().getMessage().isEmpty());
  }

  List<String> log(String pattern) {
    return log.matching(pattern);
  }

  void awaitLog(String pattern) {
    soon("log has " + pattern).until(() -> !log(pattern).isEmpty());
  }
}

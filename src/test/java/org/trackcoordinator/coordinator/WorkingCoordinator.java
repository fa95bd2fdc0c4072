package org.trackcoordinator.coordinator;

import java.lang.reflect.Field;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.apache.camel.Message;
import org.apache.camel.builder.RouteBuilder;
import org.trackcoordinator.config.Settings;
import org.trackcoordinator.database.Database;
import org.trackcoordinator.database.Databases;

/** A process of its own that coordinates and works for the handler {@code work}. */
final class WorkingCoordinator {

  private WorkingCoordinator() {}

  /**
   * Serves until it is stopped.
   *
   * @param arguments a folder for the settings, the lease of the worker, how many milliseconds each
   *     piece of work takes, and how many of 100 attempts fail
   */
  public static void main(String[] arguments) throws Exception {
    Settings settings = Settings.load(System.getenv(), Path.of(arguments[0]));
    Database database = Databases.open(settings);
    Coordinator coordinator =
        new Coordinator(database.pool(), database.plain(), RoutesFolder.at(Path.of("routes")))
            .watching(database.contact())
            .with(
                worker(arguments[1], Long.parseLong(arguments[2]), Integer.parseInt(arguments[3])))
            .maintainEvery(Duration.ofMillis(500))
            .finishWithin(settings.shutdownTimeout());
    database.beforeClose(coordinator::close);
    coordinator.start();
    System.out.println("ready, ended by " + shutdownHooks());
    new CountDownLatch(1).await();
  }

  /** One of this process, started. */
  static Coordinator on(Database database, String lease, long workMillis) throws Exception {
    return new Coordinator(database.pool(), database.plain(), RoutesFolder.at(Path.of("routes")))
        .watching(database.contact())
        .with(worker(lease, workMillis))
        .start();
  }

  /** The JDK tells nobody which hooks there are; the process is started with its package opened. */
  private static String shutdownHooks() throws ReflectiveOperationException {
    Field hooks = Class.forName("java.lang.ApplicationShutdownHooks").getDeclaredField("hooks");
    hooks.setAccessible(true);
    return ((Map<?, ?>) hooks.get(null))
        .keySet().stream().map(hook -> ((Thread) hook).getName()).sorted().toList().toString();
  }

  /** Four at a time, each completes with its own name. */
  static RouteBuilder worker(String lease, long millis) {
    return worker(lease, millis, 0);
  }

  /** The same, but so many of 100 attempts fail. */
  static RouteBuilder worker(String lease, long millis, int failing) {
    return new RouteBuilder() {
      @Override
      public void configure() {
        from("kamelet:track-source/test-work?handler=work&concurrency=4&lease=" + lease)
            .routeId("work")
            .delay(millis)
            .syncDelayed()
            .end()
            .process(exchange -> failSome(exchange.getMessage(), failing))
            .setBody(simple("{\"by\": \"${header.trackId}\"}"));
      }
    };
  }

  /** The same attempts fail whenever and wherever they run. */
  private static void failSome(Message message, int failing) {
    Object attempt =
        List.of(message.getHeader("trackIdempotencyKey"), message.getHeader("trackAttempt"));
    if (Math.floorMod(attempt.hashCode() * 0x9E3779B9, 100) < failing) {
      throw new IllegalStateException(attempt + " is one that fails");
    }
  }
}

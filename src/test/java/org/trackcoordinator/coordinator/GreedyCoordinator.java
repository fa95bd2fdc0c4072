package org.trackcoordinator.coordinator;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.apache.camel.builder.RouteBuilder;
import org.trackcoordinator.config.Settings;
import org.trackcoordinator.database.Database;
import org.trackcoordinator.database.Databases;

/**
 * A process of its own whose handler {@code work} uses up all memory in the first attempt of each
 * activation, and is modest in the next.
 */
final class GreedyCoordinator {

  private static final int PIECE = 256 * 1024;

  private GreedyCoordinator() {}

  /**
   * Serves until it is stopped.
   *
   * @param arguments a folder for the settings
   */
  public static void main(String[] arguments) throws Exception {
    Settings settings = Settings.load(System.getenv(), Path.of(arguments[0]));
    Database database = Databases.open(settings);
    new Coordinator(database.pool(), database.plain(), RoutesFolder.at(Path.of("routes")))
        .watching(database.contact())
        .with(worker())
        .start();
    System.out.println("ready");
    new CountDownLatch(1).await();
  }

  private static RouteBuilder worker() {
    return new RouteBuilder() {
      @Override
      public void configure() {
        from("kamelet:track-source/test-work?handler=work&concurrency=2&lease=5s")
            .routeId("work")
            .filter(header("trackAttempt").isEqualTo(1))
            .process(exchange -> useUpAllMemory())
            .end()
            .setBody(constant("{}"));
      }
    };
  }

  private static void useUpAllMemory() {
    List<byte[]> all = new ArrayList<>();
    while (true) {
      all.add(new byte[PIECE]);
    }
  }
}

package org.trackcoordinator.database;

import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/** A process of its own that uses an embedded database until it is stopped. */
final class EmbeddedDatabaseProcess {

  private EmbeddedDatabaseProcess() {}

  public static void main(String[] arguments) throws InterruptedException {
    try (EmbeddedDatabase database = EmbeddedDatabase.in(Path.of(arguments[0]))) {
      System.out.println((database.startedHere() ? "started " : "found ") + database.port());
      new CountDownLatch(1).await();
    }
  }
}

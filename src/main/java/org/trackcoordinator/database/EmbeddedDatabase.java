package org.trackcoordinator.database;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A PostgreSQL of our own in a folder, with durability on unless the folder is a temporary one.
 *
 * <p>A server that already runs there is used and never stopped, whether another command started it
 * or a process that was killed left it behind. Of several processes that begin at once, one starts
 * the server.
 */
public final class EmbeddedDatabase implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedDatabase.class);
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final long LOOK_MILLIS = 100;

  private final Path folder;
  private final Path deleteAtClose;
  private final int port;
  private final EmbeddedPostgres server;
  private final Optional<PostmasterFile> started;
  private final ShutdownHook hook;
  private boolean closed;

  private EmbeddedDatabase(Path folder, Path deleteAtClose, int port, EmbeddedPostgres server) {
    this.folder = folder;
    this.deleteAtClose = deleteAtClose;
    this.port = port;
    this.server = server;
    this.started = PostmasterFile.read(folder);
    this.hook = ShutdownHook.add("stop-postgresql", this::close);
  }

  /**
   * Uses the server that runs in a folder, or starts one, making the folder if need be.
   *
   * @throws DatabaseException if the server neither answers nor can be started
   */
  public static EmbeddedDatabase in(Path folder) {
    return open(folder.toAbsolutePath().normalize(), null);
  }

  /**
   * Starts a server with a new folder, which {@link #close} deletes. As nobody will ever read it
   * again, nothing waits for a disk: {@code fsync} is off.
   *
   * @throws DatabaseException if it cannot be started
   */
  public static EmbeddedDatabase temporary() {
    try {
      Path parent = Files.createTempDirectory("track-coordinator-");
      return open(parent.resolve("postgres"), parent);
    } catch (IOException e) {
      throw new DatabaseException("No folder for a temporary database: " + e, e);
    }
  }

  private static EmbeddedDatabase open(Path folder, Path deleteAtClose) {
    try {
      Files.createDirectories(folder.getParent());
      FolderLock lock = FolderLock.acquire(beside(folder, ".lock"));
      try {
        return findOrStart(folder, deleteAtClose);
      } finally {
        lock.close();
      }
    } catch (IOException e) {
      throw new DatabaseException("The database folder " + folder + " cannot be used: " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DatabaseException("Interrupted while PostgreSQL started in " + folder, e);
    }
  }

  private static EmbeddedDatabase findOrStart(Path folder, Path deleteAtClose)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    Optional<PostmasterFile> found = PostmasterFile.read(folder);
    while (found.isPresent() && found.get().alive()) {
      if (ServerProbe.serves(found.get().port(), folder)) {
        LOG.info(
            "Using the PostgreSQL that runs in {} (process {}, port {}); it is left running",
            folder,
            found.get().pid(),
            found.get().port());
        return new EmbeddedDatabase(folder, deleteAtClose, found.get().port(), null);
      }
      if (System.nanoTime() > deadline) {
        throw silent(folder, found.get());
      }
      Thread.sleep(LOOK_MILLIS);
      found = PostmasterFile.read(folder);
    }
    if (found.isPresent()) {
      LOG.info("The PostgreSQL in {} did not end in order; it recovers now", folder);
      Leftovers.clear(folder);
    }
    EmbeddedPostgres server = start(folder, deleteAtClose == null);
    return new EmbeddedDatabase(folder, deleteAtClose, server.getPort(), server);
  }

  private static EmbeddedPostgres start(Path folder, boolean durable)
      throws IOException, InterruptedException {
    Path marker = beside(folder, ".initialising");
    if (Files.exists(marker)) {
      // The first start was cut off: nobody has ever written to this database.
      deleteRecursively(folder);
    }
    boolean fresh = isEmpty(folder);
    if (fresh) {
      Files.write(marker, new byte[0]);
    }
    EmbeddedPostgres server =
        new ServerStart(folder, durable, new ServerLog(beside(folder, ".log"))).start();
    Files.deleteIfExists(marker);
    Leftovers.clearLock(folder);
    LOG.info(
        "PostgreSQL listens on localhost:{}, {} database in {}",
        server.getPort(),
        fresh ? "with a new" : "with the",
        folder);
    return server;
  }

  /** The JDBC URL, login included: everybody on this machine may connect. */
  public String url() {
    return ServerProbe.url(port);
  }

  /** The TCP port on localhost. */
  public int port() {
    return port;
  }

  /** Where the data lies. */
  public Path folder() {
    return folder;
  }

  /** Whether {@link #close} stops the server, since this object started it. */
  public boolean startedHere() {
    return server != null;
  }

  /** Leaves it to the caller to close this in time when the process is asked to stop. */
  void withoutShutdownHook() {
    hook.remove();
  }

  /** Stops the server if it was started here; deletes a temporary folder. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    hook.remove();
    try {
      // if it crashed and somebody started another one, that is theirs
      if (server != null && PostmasterFile.read(folder).equals(started)) {
        server.close();
      }
      if (deleteAtClose != null) {
        deleteRecursively(deleteAtClose);
      }
    } catch (IOException | UncheckedIOException e) {
      LOG.warn("The PostgreSQL in {} did not close in order: {}", folder, e.toString());
    }
  }

  private static DatabaseException silent(Path folder, PostmasterFile file) {
    return new DatabaseException(
        "The PostgreSQL in %s (process %d, port %d) lives but does not answer. Stop it (kill -INT %d); if that process is something else, delete %s"
            .formatted(folder, file.pid(), file.port(), file.pid(), PostmasterFile.in(folder)));
  }

  private static Path beside(Path folder, String suffix) {
    return folder.resolveSibling(folder.getFileName() + suffix);
  }

  private static boolean isEmpty(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return true;
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      return !entries.iterator().hasNext();
    }
  }

  private static void deleteRecursively(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> entries = Files.walk(folder)) {
        for (Path entry : entries.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(entry);
        }
      }
    }
  }
}

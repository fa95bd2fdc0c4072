package org.trackcoordinator.database;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Clears what a server that did not end in order left in its folder.
 *
 * <p>PostgreSQL refuses to start while {@code postmaster.pid} names a living process, even if that
 * is somebody else's or a zombie; and while a process of the former server still has its memory.
 */
final class Leftovers {

  private static final Path PROCESSES = Path.of("/proc");
  private static final long PATIENCE_MILLIS = 10_000;
  private static final long LOOK_MILLIS = 20;

  private Leftovers() {}

  /** Waits for the last processes of a dead server to end, then removes its file. */
  static void clear(Path folder) throws IOException, InterruptedException {
    long deadline = System.currentTimeMillis() + PATIENCE_MILLIS;
    while (someoneWorksIn(folder)) {
      if (System.currentTimeMillis() > deadline) {
        throw new DatabaseException(
            "Processes of a PostgreSQL that was killed still work in " + folder + "; end them");
      }
      Thread.sleep(LOOK_MILLIS);
    }
    Files.deleteIfExists(PostmasterFile.in(folder));
  }

  /**
   * Removes the file that zonky has locked as long as this process lives. PostgreSQL guards its
   * folder itself, and after a crash of the server alone another process must be able to start it.
   */
  static void clearLock(Path folder) {
    try {
      Files.deleteIfExists(folder.resolve("epg-lock"));
    } catch (IOException e) {
      // Windows deletes no open files; there only this process can start the server again
    }
  }

  /** Each process of a server has the data folder as its working directory; Linux tells it. */
  private static boolean someoneWorksIn(Path folder) throws IOException {
    if (!Files.isDirectory(PROCESSES)) {
      return false;
    }
    Path real = folder.toRealPath();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROCESSES, "[0-9]*")) {
      for (Path process : processes) {
        if (worksIn(process, real)) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean worksIn(Path process, Path folder) {
    try {
      return Files.readSymbolicLink(process.resolve("cwd")).equals(folder)
          && Files.readString(process.resolve("comm")).startsWith("postgres");
    } catch (IOException | RuntimeException e) {
      return false; // it ended meanwhile, or it is not ours to see
    }
  }
}

package org.trackcoordinator.database;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a PostgreSQL server says of itself in its data folder, in {@code postmaster.pid}.
 *
 * @param pid the server's process
 * @param port where it listens; 0 as long as it has not said so
 */
record PostmasterFile(long pid, int port) {

  private static final int PORT_LINE = 3;

  static Path in(Path folder) {
    return folder.resolve("postmaster.pid");
  }

  /** Reads the file; empty if there is none, so that no server was left running there. */
  static Optional<PostmasterFile> read(Path folder) {
    try {
      List<String> lines = Files.readAllLines(in(folder));
      return lines.isEmpty()
          ? Optional.empty()
          : Optional.of(
              new PostmasterFile(
                  Math.abs(Long.parseLong(lines.get(0).strip())),
                  lines.size() > PORT_LINE ? Integer.parseInt(lines.get(PORT_LINE).strip()) : 0));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException | NumberFormatException e) {
      throw new DatabaseException(in(folder) + " cannot be read: " + e, e);
    }
  }

  /**
   * Whether the process lives and may be a PostgreSQL server. A number in a file outlives its
   * process: after a restart of the machine it is often somebody else's.
   */
  boolean alive() {
    return ProcessHandle.of(pid)
        .filter(ProcessHandle::isAlive)
        .filter(process -> !zombie())
        .filter(process -> process.info().command().map(PostmasterFile::isPostgres).orElse(true))
        .isPresent();
  }

  private static boolean isPostgres(String command) {
    return command.contains("postgres");
  }

  /** In a container nobody may bury a killed server; it is dead all the same. */
  private boolean zombie() {
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
      return stat.substring(stat.lastIndexOf(')') + 1).strip().startsWith("Z");
    } catch (IOException e) {
      return false;
    }
  }
}

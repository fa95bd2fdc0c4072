package org.trackcoordinator.database;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;

/**
 * Chooses ports for embedded servers.
 *
 * <p>They lie below the ports that systems hand out to outgoing connections (32768 and up on Linux,
 * 49152 elsewhere): one of these may be free now and taken by a client when the server starts.
 */
final class FreePort {

  private static final int FIRST = 20_000;
  private static final int COUNT = 10_000;

  private FreePort() {}

  /**
   * A port that is free now; for the same folder the same one, if possible.
   *
   * @param attempt 0 at first, counted up when the chosen port turned out to be taken
   */
  static int forFolder(Path folder, int attempt) {
    int start = Math.floorMod(folder.toString().hashCode(), COUNT) + attempt;
    for (int step = 0; step < COUNT; step++) {
      int port = FIRST + (start + step) % COUNT;
      if (free(port)) {
        return port;
      }
    }
    throw new DatabaseException(
        "No port from %d to %d is free for the embedded PostgreSQL"
            .formatted(FIRST, FIRST + COUNT - 1));
  }

  private static boolean free(int port) {
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }
}

package org.trackcoordinator.database;

import java.util.ArrayList;
import java.util.List;

/** Starts programs that refuse to run as root. */
final class AsServer {

  private AsServer() {}

  /** A process that may write what we may, and is not root even if we are. */
  static ProcessBuilder builder(List<String> command) {
    List<String> whole = new ArrayList<>();
    if ("root".equals(System.getProperty("user.name"))) {
      whole.addAll(List.of("unshare", "-U"));
    }
    whole.addAll(command);
    return new ProcessBuilder(whole);
  }
}

package org.trackcoordinator.doors;

import java.util.Set;

/** In what the servers differ, for the {@link Doorkeeper}. Paths are as they were sent. */
public interface House {

  /** For messages: "The REST interface". */
  String name();

  /** The setting of its port, as it is called in the environment. */
  String portVariable();

  /** Whether no path that it knows is written like this: nothing is there, then. */
  boolean isOdd(String path);

  /** Whether it answers there without a token too, though maybe with less. */
  default boolean isOpen(String path) {
    return false;
  }

  /** Whether a link on another page may lead there: it shows something, and does nothing. */
  default boolean isPage(String path) {
    return false;
  }

  /**
   * What bodies may be called. A browser asks first, before it lets a script of another page send
   * one of these: that is why there is no {@code text/plain} among them.
   */
  default Set<String> bodyTypes() {
    return Set.of("application/json");
  }

  /** Whether a token may come as the password of {@code Basic}, as browsers send it. */
  default boolean takesPasswords() {
    return false;
  }
}

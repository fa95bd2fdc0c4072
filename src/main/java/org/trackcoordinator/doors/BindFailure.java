package org.trackcoordinator.doors;

/** The address or port of a server is not to be had. */
public final class BindFailure extends RuntimeException {

  BindFailure(House house, String bind, int port, Throwable cause) {
    super(
        "%s can't listen on %s, port %d: %s. Set %s to another port (0 takes a free one), or TRACKS_BIND"
            .formatted(house.name(), bind, port, reason(cause), house.portVariable()),
        cause);
  }

  private static String reason(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
  }
}

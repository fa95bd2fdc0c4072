package org.trackcoordinator.bench;

/** Figures of this server would say nothing. */
final class UnfitServerException extends RuntimeException {

  UnfitServerException(String why) {
    super(why);
  }
}

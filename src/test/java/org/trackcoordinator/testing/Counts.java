package org.trackcoordinator.testing;

/** How much a test does: little by default, much with {@code -Dtracks.test.counts=long}. */
public final class Counts {

  private static final boolean LONG = "long".equals(System.getProperty("tracks.test.counts"));

  private Counts() {}

  /** One of the two. */
  public static int of(int small, int large) {
    return LONG ? large : small;
  }
}

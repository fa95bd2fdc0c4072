package org.trackcoordinator.testing;

/** How often a test repeats: small by default, large with {@code tracks.test.counts=long}. */
public final class Counts {

  private Counts() {}

  public static int of(int small, int large) {
    return "long".equals(System.getProperty("tracks.test.counts")) ? large : small;
  }
}

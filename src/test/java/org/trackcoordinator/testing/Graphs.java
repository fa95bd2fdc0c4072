package org.trackcoordinator.testing;

/** Workflows that several tests run, each track tried once. */
public final class Graphs {

  /** {@code gmail}, {@code drive}, {@code freee}, one after the other. */
  public static final String CHAIN =
      """
      workflow: chain
      defaults: {retry: {maxAttempts: 1}}
      tracks:
        gmail: {}
        drive: {dependsOn: [gmail]}
        freee: {dependsOn: [drive]}
      """;

  /** {@code a}, then {@code b} and {@code c} side by side, then {@code d}. */
  public static final String DIAMOND =
      """
      workflow: diamond
      defaults: {retry: {maxAttempts: 1}}
      tracks:
        a: {}
        b: {dependsOn: [a]}
        c: {dependsOn: [a]}
        d: {dependsOn: [b, c]}
      """;

  private Graphs() {}
}

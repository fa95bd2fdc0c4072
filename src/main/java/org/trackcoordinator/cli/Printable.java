package org.trackcoordinator.cli;

/** Text that strangers wrote, made fit for a terminal, which obeys control characters. */
final class Printable {

  private Printable() {}

  /** In one line: control characters become spaces. */
  static String line(String text) {
    return text.replaceAll("\\p{Cc}+", " ").strip();
  }

  /** In as many lines as it has: all other control characters become spaces. */
  static String lines(String text) {
    return text.replaceAll("[\\p{Cc}&&[^\\n\\r\\t]]+", " ");
  }
}

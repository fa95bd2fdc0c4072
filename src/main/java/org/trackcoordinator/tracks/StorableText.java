package org.trackcoordinator.tracks;

import java.util.regex.Pattern;

/** Text of strangers, made fit to be stored as JSON in PostgreSQL and to be read by people. */
final class StorableText {

  private static final int MAX_LENGTH = 1_000;
  // NUL and half a surrogate pair have no place in jsonb
  private static final Pattern NOT_STORABLE = Pattern.compile("[\\p{Cc}\\p{Cs}]+");

  private StorableText() {}

  /** One line of at most 1,000 characters; empty for null. */
  static String of(String value) {
    var line = NOT_STORABLE.matcher(value == null ? "" : value).replaceAll(" ").strip();
    return line.codePointCount(0, line.length()) <= MAX_LENGTH
        ? line
        : line.substring(0, line.offsetByCodePoints(0, MAX_LENGTH));
  }
}

package org.trackcoordinator.bench;

/** What each track completes with, everywhere the same. */
final class Payload {

  /** About 490 bytes of JSON, as mails and files are described. */
  static final String JSON =
      "{\"n\": 1, \"t\": 1763906400000.123, \"ref\": \"r1\", \"kind\": \"file\", \"body\": \"%s\"}"
          .formatted("abcdefghij0123456789".repeat(21));

  private Payload() {}
}

package org.trackcoordinator.whatif;

/** How a track came to its end, as far as it matters to those that wait for it. */
enum Ending {
  /** It did not. */
  OPEN,
  COMPLETED,
  /** Its last attempt failed or timed out: what follows is the policy's to say. */
  FAILED,
  /** It hands on nothing. */
  SKIPPED,
  /** It was skipped, with a payload to hand on. */
  HANDED_ON
}

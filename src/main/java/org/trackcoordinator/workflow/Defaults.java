package org.trackcoordinator.workflow;

import java.time.Duration;

/** The `defaults` of a file; null = not written. */
record Defaults(Duration timeout, Duration triggerTimeout, RetryDraft retry) {

  static final Defaults NONE = new Defaults(null, null, RetryDraft.NOTHING);
}

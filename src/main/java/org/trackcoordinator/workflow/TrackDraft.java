package org.trackcoordinator.workflow;

import java.time.Duration;
import java.util.List;

/** A track as it is written; null = not written, names not resolved, defaults not merged. */
record TrackDraft(
    String id,
    Position position,
    String path,
    String description,
    String handler,
    List<Placed<Dependency>> dependencies,
    Duration timeout,
    Duration triggerTimeout,
    RetryDraft retry,
    Placed<String> circuit,
    Placed<Integer> maxConcurrent,
    Placed<Rate> rate,
    Placed<OnFailure> onFailure,
    String when) {

  String handlerOrId() {
    return handler == null ? id : handler;
  }

  /** The track that steps in for this one, or null. */
  String fallback() {
    return onFailure == null ? null : onFailure.value().fallback();
  }
}

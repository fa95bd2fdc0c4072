package org.trackcoordinator.management;

import org.trackcoordinator.doors.Caller;

/** Answers a GET at one path of the management port; it may wait a little. */
@FunctionalInterface
public interface Page {

  /**
   * What to answer.
   *
   * @param caller who asks; on paths that are open to all it may be somebody without a role
   * @throws Exception what kept it from answering: becomes a problem with the status 500 or 503
   */
  Answer answer(Caller caller) throws Exception;

  /**
   * An answer.
   *
   * @param status of HTTP
   * @param contentType with the character set
   * @param body all of it
   */
  record Answer(int status, String contentType, String body) {}
}

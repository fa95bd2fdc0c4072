package org.trackcoordinator.lint;

import org.trackcoordinator.workflow.Position;
import org.trackcoordinator.workflow.Problem;

/**
 * Where something is written.
 *
 * @param path the key, such as {@code tracks.drive.handler}
 */
record Place(String file, Position position, String path) {

  Finding error(String message, Object... parts) {
    return finding(Finding.Severity.ERROR, message, parts);
  }

  Finding warning(String message, Object... parts) {
    return finding(Finding.Severity.WARNING, message, parts);
  }

  Finding note(String message, Object... parts) {
    return finding(Finding.Severity.NOTE, message, parts);
  }

  /** For the text of a finding about another place: {@code drive.camel.yaml:9}. */
  String shown() {
    return position.line() == 0 ? file : file + ":" + position.line();
  }

  Finding finding(Finding.Severity severity, String message, Object... parts) {
    String text = message.formatted(parts);
    return new Finding(severity, new Problem(file, position.line(), position.column(), path, text));
  }
}

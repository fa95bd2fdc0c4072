package org.trackcoordinator.workflow;

/**
 * One thing that is wrong in a workflow file.
 *
 * @param file the file as it was named by the caller
 * @param line from 1; 0 if the problem is the file as a whole
 * @param column from 1; 0 if the problem is the file as a whole
 * @param path the key, such as {@code tracks.drive.dependsOn[0]}; empty for the document itself
 * @param message what is wrong and what to do
 */
public record Problem(String file, int line, int column, String path, String message) {

  /** One line for people: {@code x.yaml:12:5: tracks.drive.dependsOn[0]: unknown track 'gmial'}. */
  @Override
  public String toString() {
    String place = line == 0 ? file : file + ":" + line + ":" + column;
    return path.isEmpty() ? place + ": " + message : place + ": " + path + ": " + message;
  }
}

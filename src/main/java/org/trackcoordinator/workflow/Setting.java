package org.trackcoordinator.workflow;

/**
 * An optional setting that the file itself writes, as opposed to a default.
 *
 * @param name {@code retry}, {@code timeout} …; {@code on} for each handler of a run's end
 * @param path the key, such as {@code tracks.freee.retry}
 * @param line from 1
 * @param column from 1
 */
public record Setting(String name, String path, int line, int column) {}

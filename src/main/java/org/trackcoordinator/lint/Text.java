package org.trackcoordinator.lint;

/**
 * A text in a route file.
 *
 * @param value as written, with its placeholders
 */
record Text(String value, Place place) {}

/**
 * Faults that no file shows by itself: workflows and routes are read side by side, and one {@code
 * Check} looks for one kind of fault.
 *
 * <p>{@code Routes} are read from YAML as nodes that know their line; {@code UseReader} says what
 * each route does with the coordinator: serve a handler, start a workflow, report an event. A new
 * check is a class and a line in {@code Lint}. Nothing here knows of a database or of Camel.
 */
package org.trackcoordinator.lint;

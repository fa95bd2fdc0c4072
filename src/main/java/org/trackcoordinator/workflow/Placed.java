package org.trackcoordinator.workflow;

/** A value with its place in the file, for what can be judged only after the whole file is read. */
record Placed<T>(T value, Position position, String path) {}

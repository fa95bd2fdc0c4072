package org.trackcoordinator.cli;

import java.util.concurrent.Callable;

/**
 * A command, annotated with picocli's {@code @Command} and named in {@code
 * META-INF/services/org.trackcoordinator.cli.Subcommand}.
 *
 * <p>A field {@code @ParentCommand TrackCoordinator program} gives it settings, database and
 * output. It returns 0 when it did what was asked, 1 when it could not; it refuses with a {@link
 * Refusal}.
 */
public interface Subcommand extends Callable<Integer> {}

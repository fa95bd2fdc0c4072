/** The command line: one class per command, found by {@link java.util.ServiceLoader}. */
package org.trackcoordinator.cli;

/** The track coordinator: makes the tracks that log into {@code processing_logs} one workflow. */
package org.trackcoordinator;

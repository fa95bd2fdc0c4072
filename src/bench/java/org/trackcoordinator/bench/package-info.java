/** A program of its own that measures how fast the coordinator is: docs/performance.md. */
package org.trackcoordinator.bench;

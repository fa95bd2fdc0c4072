/** What the YAML routes need of Java: transactions, wake-ups, the worker's loop, and the start. */
package org.trackcoordinator.coordinator;

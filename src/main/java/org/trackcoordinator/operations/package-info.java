/** The operations of the coordinator, as programs call them: over a database or over REST. */
package org.trackcoordinator.operations;

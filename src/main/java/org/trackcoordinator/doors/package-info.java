/**
 * What stands before each HTTP server of ours: who may come in, from where, in which form, and how
 * long a connection may dawdle.
 */
package org.trackcoordinator.doors;

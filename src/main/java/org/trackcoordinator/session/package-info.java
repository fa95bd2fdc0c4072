/**
 * Sessions of the server: whether one is its client's alone, and how to work where a pooler shares
 * it out.
 */
package org.trackcoordinator.session;

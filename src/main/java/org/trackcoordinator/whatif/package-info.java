/**
 * Past runs through a changed graph: what would have been triggered, in memory and without a write.
 */
package org.trackcoordinator.whatif;

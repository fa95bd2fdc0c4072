/**
 * The management port: health, metrics, and Hawtio with what it may ask. Whoever comes in is looked
 * at by {@link org.trackcoordinator.doors} first.
 */
package org.trackcoordinator.management;

/**
 * Conditions of tracks ({@code when:}), in Camel Simple or JSONPath: read, checked and evaluated by
 * Camel. Nothing here knows of a database or of runs.
 */
package org.trackcoordinator.condition;

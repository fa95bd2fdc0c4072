/**
 * The REST interface: an HTTP server for the routes in {@code routes/api}, which say what there is
 * and who may do it. Only what the doorkeeper of {@link org.trackcoordinator.doors} lets in reaches
 * a route.
 */
package org.trackcoordinator.api;

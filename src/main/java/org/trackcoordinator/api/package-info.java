/**
 * The REST interface: an HTTP server for the routes in {@code routes/api}, which say what there is
 * and who may do it. Only what {@link org.trackcoordinator.api.Doorkeeper} lets in reaches a route.
 */
package org.trackcoordinator.api;

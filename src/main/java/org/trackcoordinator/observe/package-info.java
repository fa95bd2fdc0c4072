/**
 * What people and their tools see of an instance: metrics for Prometheus, traces for OpenTelemetry,
 * and logs as JSON.
 */
package org.trackcoordinator.observe;

/**
 * The track dependency map: workflow files become validated, immutable {@link
 * org.trackcoordinator.workflow.Definition definitions}.
 *
 * <p>The way of a file: {@code NodeReader} (YAML or JSON to nodes that know their line) → {@code
 * WorkflowReader} (keys, types, ranges) → {@code DefinitionBuilder} (names, cycles, levels) →
 * {@code Definition} with its hash. Every stage adds to one list of problems, so that a user sees
 * all of them at once. Nothing here knows of a database or of Camel.
 */
package org.trackcoordinator.workflow;

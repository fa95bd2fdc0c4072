/**
 * Draws the track dependency map: a {@link org.trackcoordinator.workflow.Definition definition}
 * becomes a picture (SVG), or text that other tools draw (Mermaid, Graphviz) or read (JSON).
 *
 * <p>{@code WorkflowGraph} is the way in. For a picture, {@code Card} says what stands on a track,
 * {@code Layout} where it stands, {@code SvgWriter} writes it. All text of people is escaped by the
 * writer of the format. Nothing here knows of a database or of Camel.
 */
package org.trackcoordinator.graph;

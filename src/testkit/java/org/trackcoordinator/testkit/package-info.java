/**
 * Tests of workflows with JUnit 5, for this project and for those that use it: begin with {@link
 * org.trackcoordinator.testkit.TrackTestKit}, and see docs/testing.md. It needs nothing beside the
 * track coordinator and JUnit, and uses Testcontainers where that is on the class path.
 */
package org.trackcoordinator.testkit;

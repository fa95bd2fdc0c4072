/** What a user can set: the environment over {@code application.properties}. */
package org.trackcoordinator.config;

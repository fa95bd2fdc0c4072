/** The PostgreSQL behind everything: found or started, waited for, migrated. */
package org.trackcoordinator.database;

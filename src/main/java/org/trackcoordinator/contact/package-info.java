/** Whether the database of this process can be reached and written, and who is told so. */
package org.trackcoordinator.contact;

/**
 * Everything that only the demo needs: a mailbox, invoices, a stand-in for freee, and the
 * comparison of the books with the mailbox. Nothing else imports it.
 */
package org.trackcoordinator.demo;

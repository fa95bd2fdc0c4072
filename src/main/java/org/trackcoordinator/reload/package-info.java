/**
 * Files that are edited while an instance runs: looked at, checked, and made live, or refused with
 * the reason while what ran before runs on.
 */
package org.trackcoordinator.reload;
